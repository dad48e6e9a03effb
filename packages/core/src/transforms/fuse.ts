import { allocateUnfilled, isFloat } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import type { ElementwisePlan, OperandKind } from "../kernels/kernels.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";
import { isRecording } from "../tape.ts";
import { type AnyTensor, isConcrete, storageOf, Tensor } from "../tensor.ts";
import { tensorsOf, withTensors } from "../tree.ts";
import { structureOf } from "./carry.ts";
import { trace } from "./trace.ts";

/** Below it a pass over memory costs less than starting one. */
const SMALLEST = 2048;
/** How many chains a fused function keeps: one for each combination of shapes, dtypes and structures. */
const MOST = 64;

interface Fused {
  readonly plan: ElementwisePlan;
  /** Which of the tensors among the arguments are its operands. */
  readonly used: readonly number[];
  readonly shape: Shape;
  /** The tree of results, with abstract tensors. */
  readonly result: unknown;
}

/**
 * A function that is a chain of elementwise operations, in one pass over memory: what is between stays in registers. The operations are
 * those of the function, with the same results up to rounding. Where that cannot be done (a tape records, shapes differ, other operations
 * are called) the function simply runs.
 * @param f a function of trees of tensors; what else is in them stays the same from call to call, or the function is traced again.
 * @example
 * const step = fuse((w: Tensor, g: Tensor) => sub(w, mul(g, 0.1)));
 * step(tensor([1, 2]), tensor([10, 10])).toArray(); // [0, 1]
 */
export function fuse<Args extends unknown[], Out>(f: (...args: Args) => Out): (...args: Args) => Out {
  const cache = new Map<string, Fused | null>();
  return (...args) => {
    const { chains } = kernels;
    if (chains === undefined || isRecording()) return f(...args);
    const inputs = [...new Set(tensorsOf(args))];
    const first = inputs.find(({ size }) => size > 1);
    if (first === undefined || first.size < SMALLEST || !isFloat(first.dtype) || !inputs.every(isConcrete))
      return f(...args);
    const key = keyOf(args, inputs);
    let found = cache.get(key);
    if (found === undefined) {
      found = planOf(f, args, first);
      if (cache.size >= MOST) cache.clear();
      cache.set(key, found);
    }
    if (found === null) return f(...args);
    const { plan, used, shape, result } = found;
    const outputs = plan.results.map(() => allocateUnfilled(first.dtype, sizeOf(shape)));
    chains.run(
      plan,
      used.map((i) => storageOf(inputs[i]!)),
      outputs,
    );
    return withTensors(
      result,
      outputs.map((storage) => new Tensor(shape, first.dtype, storage)),
    ) as Out;
  };
}

/** What a plan depends on: shapes, dtypes, which tensors are one, and everything else in the arguments. */
function keyOf(args: unknown[], inputs: readonly AnyTensor[]): string {
  const places = tensorsOf(args).map((tensor) => inputs.indexOf(tensor));
  return `${inputs.map(({ shape, dtype }) => `${dtype}[${shape}]`)} ${places} ${structureOf(args)}`;
}

/** The chain that a function is for such arguments; `null` where it is none. */
function planOf<Args extends unknown[]>(f: (...args: Args) => unknown, args: Args, like: AnyTensor): Fused | null {
  const { program, result } = trace("fuse", f, args);
  // What is not used is not brought into the memory.
  const isUsed = (input: AnyTensor): boolean =>
    program.outputs.includes(input) || program.entries.some((entry) => entry.inputs.includes(input));
  const used = program.inputs.flatMap((input, i) => (isUsed(input) ? [i] : []));
  const own = used.map((i) => program.inputs[i]!);
  // Bools are masks on the way: they select, and are no results.
  const isChain = ({ shape, dtype }: AnyTensor): boolean =>
    (dtype === like.dtype || dtype === "bool") && (shape.length === 0 || sameShape(shape, like.shape));
  const bytes = like.dtype === "float32" ? 4 : 8;
  const places = new Map(own.map((input, i) => [input, i]));
  const steps: ElementwisePlan["steps"][number][] = [];
  for (const { operation, inputs, outputs } of program.entries) {
    const [output] = outputs;
    if (!kernels.chains!.supports(operation.name, bytes) || ![...inputs, ...outputs].every(isChain)) return null;
    const operands = inputs.map((input) => {
      const known = places.get(input);
      if (known !== undefined || !isConcrete(input) || input.rank > 0 || input.dtype === "bool") return known;
      return steps.push({ operation: "constant", from: [], constant: storageOf(input)[0]! }) - 1 + own.length;
    });
    if (operands.includes(undefined)) return null;
    places.set(output!, steps.push({ operation: operation.name, from: operands as number[] }) - 1 + own.length);
  }
  const outputs = program.outputs.map((output) =>
    sameShape(output.shape, like.shape) && output.dtype === like.dtype ? places.get(output) : undefined,
  );
  // What hands a tensor on makes no copy of it.
  const handsOn = program.outputs.some((output) => program.inputs.includes(output));
  if (own.some((input) => !isChain(input)) || outputs.includes(undefined) || handsOn) return null;
  const operands = own.map(({ shape, dtype }) => ({
    kind: kindOf(shape, like.shape),
    isBool: dtype === "bool",
  }));
  return { plan: { operands, steps, results: outputs as number[] }, used, shape: like.shape, result };
}

const kindOf = (shape: Shape, whole: Shape): OperandKind => (shape.length < whole.length ? "scalar" : "full");
