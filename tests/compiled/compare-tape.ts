import { type AnyTensor, cast, compile, hvp, isTensor, sin, treeLeaves, valueAndGrad } from "@tapegrad/core";
import type { RandomTape } from "@tapegrad/gradcheck/property";
import fc from "fast-check";
import { passes } from "../../packages/core/src/compile/passes/index.ts";
import { useSettings } from "../../packages/core/src/compile/settings.ts";
import { startMachine } from "../../packages/core/src/kernels/wasm/machine.ts";
import { type Program, reapply } from "../../packages/core/src/program.ts";
import { trace } from "../../packages/core/src/transforms/trace.ts";
import { machines as shared } from "../../packages/core/test/kernels/wasm/machines.ts";

/** The machines that compiled programs are tested on: also one whose threads share its memory without fused products. */
export const machines = [...shared.map(([, machine]) => machine), startMachine({ fma: false })!];

/** One way to make a program. */
export interface Configuration {
  /** Place in `machines`. */
  readonly machine: number;
  readonly threads: number;
  /** Names of the passes that are left out. */
  readonly without: readonly string[];
  readonly mostTogether: number;
}

const names = [...new Set(passes.map(({ name }) => name))];

export const configurations: fc.Arbitrary<Configuration> = fc.record({
  machine: fc.nat({ max: machines.length - 1 }),
  threads: fc.integer({ min: 1, max: 2 }),
  without: fc.oneof(fc.constant([]), fc.subarray(names, { minLength: 1, maxLength: 2 })),
  mostTogether: fc.constantFrom(60, 60, 60, 3, 1, 0),
});

/** Runs with programs made in some way. */
export function withConfiguration<T>({ machine, threads, without, mostTogether }: Configuration, run: () => T): T {
  const own = machines[machine]!;
  own.tasks.limit(threads);
  const before = useSettings({
    machine: () => own,
    passes: passes.filter(({ name }) => !without.includes(name)),
    mostTogether,
  });
  try {
    return run();
  } finally {
    useSettings(before);
  }
}

type Vector = readonly AnyTensor[];
type Function = (at: Vector) => Vector;

/** Results of a function, the last of them a scalar, with its gradient, and the derivative of that in a fixed direction. */
const everything =
  (f: Function) =>
  (at: Vector): unknown => {
    const loss = (x: Vector): AnyTensor => f(x).at(-1)!;
    const direction = at.map((x) => sin(x) as AnyTensor);
    return { results: f(at), ...valueAndGrad(loss)(at), second: hvp(loss)(at, direction as never) };
  };

const numbersOf = (tree: unknown): number[][] =>
  treeLeaves(tree).flatMap(({ value }) => (isTensor(value) ? [[...value.data()]] : []));

const scaleOf = (all: readonly (readonly number[])[]): number =>
  all.flat().reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1);

const resultsOf =
  (tape: RandomTape): Function =>
  (at) => [...tape.run(at), tape.f(at)];

/** Where a compiled tape is not what the tape is, in float64: to 1e-12 of the largest number. `null` if it is. */
export function differenceInDouble(tape: RandomTape, configuration: Configuration): string | null {
  const f = everything(resultsOf(tape));
  const eager = numbersOf(f(tape.at));
  const compiled = withConfiguration(configuration, () => numbersOf(compile(f)(tape.at)));
  const most = 1e-12 * scaleOf(eager);
  for (const [i, leaf] of eager.entries()) {
    if (compiled[i]?.length !== leaf.length)
      return `result ${i} has ${compiled[i]?.length} elements, not ${leaf.length}`;
    for (const [j, value] of leaf.entries()) {
      const own = compiled[i]![j]!;
      const isSame = Number.isFinite(value) ? Math.abs(own - value) <= most : Object.is(own, value);
      if (!isSame) return `result ${i}, element ${j} is ${own}, not ${value}; the scale is ${scaleOf(eager)}`;
    }
  }
  return null;
}

/**
 * A program with its floats, constants included, in another dtype.
 * @param see is told what the program computes.
 */
function inDtype(program: Program, dtype: "float32" | "float64", see?: (made: Vector) => void): Function {
  const isOther = (x: AnyTensor): boolean => x.dtype === "float64" || x.dtype === "float32";
  // Both have the constants of float32.
  const lift = (x: AnyTensor): AnyTensor => (isOther(x) ? cast(cast(x, "float32"), dtype) : x);
  return (at) =>
    program.interpret(at, lift, (entry, inputs) => {
      const { attributes } = entry;
      const isTyped = "dtype" in attributes && attributes.dtype === "float64";
      const made = reapply(isTyped ? { ...entry, attributes: { ...attributes, dtype } } : entry, inputs);
      see?.(made);
      return made;
    });
}

const ULP = 2 ** -23;

/**
 * Where the error of a compiled tape in float32 is more than 4 times that of the operations one by one, and 4 units in the last place of the
 * largest number, those on the way included. `null` if it is nowhere, `undefined` where the tape does not run in float32: it holds programs of float64.
 */
export function differenceInSingle(tape: RandomTape, configuration: Configuration): string | null | undefined {
  const { program } = trace("tape", resultsOf(tape), [tape.at]);
  const single = everything(inDtype(program, "float32"));
  const at = tape.at.map((x) => cast(x, "float32") as AnyTensor);
  let eager: number[][];
  try {
    eager = numbersOf(single(at));
  } catch {
    return undefined;
  }
  const asDouble = at.map((x) => cast(x, "float64") as AnyTensor);
  const exact = numbersOf(everything(inDtype(program, "float64"))(asDouble));
  const compiled = withConfiguration(configuration, () => numbersOf(compile(single)(at)));
  const between: number[][] = [];
  inDtype(program, "float64", (made) => between.push(...numbersOf(made)))(asDouble);
  const scale = scaleOf([...exact, ...between]);
  for (const [i, leaf] of exact.entries()) {
    const errorOf = (values: readonly number[]): number =>
      values.reduce(
        (most, value, j) => (Object.is(value, leaf[j]) ? most : Math.max(most, Math.abs(value - leaf[j]!))),
        0,
      );
    const [own, allowed] = [errorOf(compiled[i]!), 4 * errorOf(eager[i]!) + 4 * ULP * scale];
    if (own > allowed || (Number.isNaN(own) && !Number.isNaN(allowed)))
      return `result ${i} is off by ${own}, with ${allowed} allowed; the scale is ${scale}`;
  }
  return null;
}
