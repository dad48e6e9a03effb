import { isDetecting } from "../anomaly.ts";
import { ArgumentError } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { isRecording } from "../tape.ts";
import { type AnyTensor, isConcrete, leaveTo, storageOf, Tensor } from "../tensor.ts";
import { trace } from "../transforms/trace.ts";
import { refusePromise } from "../transforms/trees.ts";
import { tensorsOf, withTensors } from "../tree.ts";
import { type Built, build } from "./build.ts";
import { checkDonated, giveUp, isHandedOver } from "./donation.ts";
import { type ExplainOptions, type Explanation, explain, printExplanation } from "./explain.ts";
import { copyIn, copyOut } from "./host.ts";
import { settings } from "./settings.ts";
import { difference, match, type Signature, signatureOf } from "./signature.ts";

export interface CompileOptions {
  /**
   * The positions of arguments that the caller hands over: their memory is used for results of the same shapes and dtypes, so that a model and the
   * state of an optimizer stay where they are from step to step. None, if not given.
   */
  readonly donate?: readonly number[];
  /** How many programs to keep, one for each combination of shapes, dtypes and what is no tensor: 8 if not given. The one that was not used for longest goes. */
  readonly cacheSize?: number;
}

/** A compiled function, and what is known of its programs. */
export interface Compiled<Args extends unknown[], Out> {
  (...args: Args): Out;
  /** Why programs were made, the last hundred times: for the first one, and for each after it. */
  readonly traces: readonly string[];
  /** What the program that ran last does, as data. @throws ArgumentError before the first call. */
  readonly explanation: (options?: ExplainOptions) => Explanation;
  /** The same as text. */
  readonly explain: (options?: ExplainOptions) => string;
}

/** So many reasons are remembered. */
const MOST_TRACES = 100;

let isOn = true;

/**
 * Whether compiled functions run as programs (they do, if this is not called). Switched off they run operation by operation, as if they were
 * not compiled, which is how to look for a mistake.
 * @example
 * setCompilation(false); // and once the mistake is found:
 * setCompilation(true);
 */
export function setCompilation(on: boolean): void {
  isOn = on;
}

/** A program, and what lies in its memory. */
interface Cached {
  readonly signature: Signature;
  readonly built: Built;
  readonly inputs: readonly Slot[];
  readonly result: unknown;
  /** Of each output the first that was the same tensor when the function was traced: tied weights stay tied. */
  readonly ties: readonly number[];
}

/** The memory of an input. */
interface Slot {
  readonly address: number;
  readonly isDonated: boolean;
  /** What lies there now. */
  current: AnyTensor | null;
}

/**
 * A function as a program in WebAssembly. At the first call the function is traced: it runs once on abstract tensors, what it does is
 * optimized, its memory planned, and a module made. Later calls with arguments of the same structure, shapes and dtypes run the module.
 *
 * What is no tensor among the arguments stays what it was when the program was made: with other numbers, strings or functions another
 * program is made. The function must be pure: whatever else it reads is read once. Where there is no WebAssembly it simply runs.
 * @param f a function of trees of tensors, which may contain transforms: a whole training step, for example.
 * @throws AbstractValueError from a call in which the function reads a value; ArgumentError for unknown options.
 * @example
 * const step = compile((w: Tensor, x: Tensor) => sub(w, mul(grad((v: Tensor) => sum(square(mul(v, x))))(w), 0.25)), { donate: [0] });
 * step(tensor([1, 2]), tensor([1, 1])).toArray(); // [0.5, 1]
 */
export function compile<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  options: CompileOptions = {},
): Compiled<Args, Out> {
  if (typeof f !== "function")
    throw new ArgumentError("compile", `the argument is of type ${typeof f}`, "give a function");
  checkOptions("compile", options, "donate", "cacheSize");
  const { donate = [], cacheSize = 8 } = options;
  if (!Array.isArray(donate) || !donate.every((position) => Number.isInteger(position) && position >= 0))
    throw new ArgumentError(
      "compile",
      `donate is ${JSON.stringify(donate)}`,
      "give the positions of arguments, as in [0, 1]",
    );
  if (!Number.isInteger(cacheSize) || cacheSize < 1)
    throw new ArgumentError("compile", `cacheSize is ${cacheSize}`, "give a whole number of 1 or more");
  const cache: Cached[] = [];
  const traces: string[] = [];
  let last: Cached | undefined;

  const make = (args: Args): [Cached, AnyTensor[]] => {
    const machine = settings.machine()!;
    const { signature, tensors } = signatureOf(args);
    checkDonated(args, donate);
    const { program, result } = trace("compile", f, args);
    const given = new Set(donate.flatMap((position) => tensorsOf(args[position])));
    const inputs = program.inputs;
    const donated = new Set(inputs.filter((_, i) => given.has(tensors[i]!)));
    const built = build(program, machine, donated);
    traces.push(reasonFor(cache, args));
    if (traces.length > MOST_TRACES) traces.shift();
    const slots = inputs.map((input, i) => ({
      address: built.inputs[i]!,
      isDonated: donated.has(input),
      current: null,
    }));
    const ties = program.outputs.map((output) => program.outputs.indexOf(output));
    const made: Cached = { signature, built, inputs: slots, result, ties };
    registry.register(made, built.release);
    return [made, tensors];
  };

  const lastDonated = Math.max(-1, ...donate);
  const compiled = (...args: Args): Out => {
    if (lastDonated >= args.length)
      throw new ArgumentError(
        "compile",
        `donate names args[${lastDonated}], and there are ${args.length} arguments`,
        "positions count from 0",
      );
    const isPlain = !isOn || isRecording() || isDetecting() || settings.machine() === null;
    if (isPlain) return runPlainly(f, args, donate);
    for (let i = 0; i < cache.length; i++) {
      const one = cache[i]!;
      if (one.built.threads !== one.built.machine.tasks.wanted) continue;
      const tensors = match(one.signature, args);
      if (tensors === null) continue;
      if (!tensors.every(isConcrete)) return runPlainly(f, args, donate);
      // A signature knows which tensors were one when it was made; others may have become one since.
      if (donate.length > 0 && new Set(tensors).size < tensors.length) checkDonated(args, donate);
      if (i > 0) cache.unshift(...cache.splice(i, 1));
      last = one;
      return run(one, tensors) as Out;
    }
    if (!tensorsOf(args).every(isConcrete)) return runPlainly(f, args, donate);
    const [made, tensors] = make(args);
    cache.unshift(made);
    for (const old of cache.splice(cacheSize)) letGo(old);
    last = made;
    return run(made, tensors) as Out;
  };
  const explanation = (options: ExplainOptions = {}): Explanation => {
    checkOptions("explain", options, "time");
    if (last === undefined) {
      const advice = isOn ? "call it once" : "setCompilation(true), and call it once";
      throw new ArgumentError("compile", "there is no program yet", advice);
    }
    return explain(last.built, options);
  };
  return Object.assign(compiled, {
    traces,
    explanation,
    explain: (options?: ExplainOptions) => printExplanation(explanation(options)),
  });
}

/** Why none of the programs could be used, in words. */
function reasonFor(cache: readonly Cached[], args: readonly unknown[]): string {
  const [last] = cache;
  if (last === undefined) return "the first call";
  if (cache.some(({ signature }) => match(signature, args) !== null)) return "there is another number of threads";
  return difference(last.signature, args);
}

/** Memory of programs that nobody holds any more. */
const registry = new FinalizationRegistry<() => void>((release) => release());

/** Results that lie in the memory of a program which goes are fetched before. */
function letGo({ inputs, built }: Cached): void {
  for (const { current } of inputs) if (current !== null && !isHandedOver(current)) storageOf(current);
  built.release();
}

function runPlainly<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  args: Args,
  donate: readonly number[],
): Out {
  checkDonated(args, donate);
  const result = f(...args);
  refusePromise("compile", result);
  if (isRecording()) return result;
  const kept = new Set(tensorsOf(result));
  for (const position of donate) for (const tensor of tensorsOf(args[position])) if (!kept.has(tensor)) giveUp(tensor);
  return result;
}

/** One call: arguments to their places, the program, and results. */
function run(cached: Cached, tensors: readonly AnyTensor[]): unknown {
  const { built, inputs, result, ties } = cached;
  const { memory } = built.machine.heap;
  const { outputs } = built.program;
  for (let i = 0; i < inputs.length; i++) {
    const slot = inputs[i]!;
    const tensor = tensors[i]!;
    if (slot.current === tensor && !isHandedOver(tensor)) continue;
    // What lies there belongs to somebody who may still want it.
    if (slot.current !== null && slot.isDonated && !isHandedOver(slot.current)) storageOf(slot.current);
    copyIn(tensor, memory, slot.address);
    slot.current = tensor;
  }
  const used = inputs.filter(({ isDonated }) => isDonated).map((slot) => ({ slot, tensor: slot.current! }));
  const results: AnyTensor[] = [];
  try {
    built.run();
    for (const { slot } of used) slot.current = null;
    for (let i = 0; i < outputs.length; i++)
      results.push(ties[i] === i ? resultOf(cached, outputs[i]!, i) : results[ties[i]!]!);
  } catch (error) {
    // Nobody knows how far it came.
    for (const { slot } of used) slot.current = null;
    throw error;
  } finally {
    for (const { tensor } of used) giveUp(tensor);
  }
  return withTensors(result, results);
}

function resultOf(cached: Cached, output: AnyTensor, i: number): AnyTensor {
  const { built, inputs } = cached;
  const { program, residents, outputs } = built;
  const { memory } = built.machine.heap;
  const resident = residents.get(i);
  if (resident === undefined) return isConcrete(output) ? output : copyOut(output, memory, outputs[i]!);
  const slot = inputs[program.inputs.indexOf(resident)]!;
  const tensor = new Tensor(output.shape, output.dtype, null) as AnyTensor;
  // Holds the program, whose memory it is.
  leaveTo(tensor, () => storageOf(copyOut(output, cached.built.machine.heap.memory, slot.address)));
  slot.current = tensor;
  return tensor;
}
