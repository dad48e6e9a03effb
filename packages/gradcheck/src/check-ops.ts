import {
  type AnyTensor,
  type Checked,
  type ErrorSample,
  foldIn,
  isChecked,
  Key,
  key as keyOf,
  type OpDef,
  type Sample,
  TapegradError,
  treeLeaves,
  vjp,
} from "@tapegrad/core";
import { compareDerivatives, type Multivariate } from "./derivative-checks.ts";
import { abstractArguments, drawArguments } from "./sample-arguments.ts";

export interface CheckOpsOptions {
  /** Seed of all random numbers, 1 if not given. */
  readonly seed?: number;
  /** Highest order of derivatives, 2 if not given. */
  readonly order?: number;
}

/** Something that an operation does not keep to. */
export interface OpFailure {
  readonly operation: string;
  /** The call, as `sample 0` or `error sample 2`. */
  readonly call: string;
  readonly message: string;
}

export interface OpsReport {
  /** How many operations and composites were checked. */
  readonly operations: number;
  readonly checks: number;
  readonly failures: readonly OpFailure[];
  /** Operations whose forward mode is made from their reverse mode, so that comparing the two shows little. */
  readonly withoutOwnForwardMode: readonly string[];
}

type Call = (...args: readonly unknown[]) => unknown;

/**
 * Checks every operation and composite of a namespace by its own samples: that the shape and dtype rule tells the truth,
 * that abstract runs agree with concrete ones, that nothing writes to an input, that reverse mode, forward mode and
 * difference quotients agree at each order, that gradients have the shapes and dtypes of their inputs, and that error
 * samples are refused with the right words.
 * @example
 * checkOps({ exp, matmul }).failures; // []
 * // In a test of your own operations: import * as mine, and expect(checkOps(mine).failures).toEqual([]).
 */
export function checkOps(namespace: Readonly<Record<string, unknown>>, options: CheckOpsOptions = {}): OpsReport {
  const { seed = 1, order = 2 } = options;
  const failures: OpFailure[] = [];
  const withoutOwnForwardMode: string[] = [];
  let [operations, checks] = [0, 0];
  for (const [exported, op] of Object.entries(namespace)) {
    if (!isChecked(op)) continue;
    operations++;
    const { definition } = op;
    const expect = (call: string, holds: boolean, message: () => string): void => {
      checks++;
      if (!holds) failures.push({ operation: definition.name, call, message: message() });
    };
    expect("export", exported === definition.name, () => `is exported as ${exported}`);
    expect("samples", definition.samples.length > 0, () => "has no samples");
    if (isPrimitive(definition) && definition.vjp && !definition.jvp) withoutOwnForwardMode.push(definition.name);
    const run = op as unknown as Call;
    definition.samples.forEach((sample, i) => {
      const at = (holds: boolean, message: () => string): void => expect(`sample ${i}`, holds, message);
      try {
        checkSample(definition, run, sample, foldIn(keyOf(seed), i), order, at);
      } catch (error) {
        at(false, () => `threw ${error}`);
      }
    });
    definition.errors?.forEach((sample, i) => {
      checkRefusal(run, sample, foldIn(keyOf(seed), i), (holds, message) =>
        expect(`error sample ${i}`, holds, message),
      );
    });
  }
  return { operations, checks, failures, withoutOwnForwardMode };
}

type Expect = (holds: boolean, message: () => string) => void;

function isPrimitive(definition: Checked): definition is OpDef {
  return "infer" in definition;
}

function tensorsIn(value: unknown): AnyTensor[] {
  return treeLeaves(value).map((leaf) => (leaf.value instanceof Key ? leaf.value.bits : leaf.value));
}

const describe = (tensors: readonly AnyTensor[]): string =>
  tensors.map(({ shape, dtype }) => `${dtype} [${shape}]`).join(", ");

function checkSample(definition: Checked, run: Call, sample: Sample, key: Key, order: number, expect: Expect): void {
  const drawn = drawArguments(sample.args, key);
  const before = tensorsIn(drawn.args).map((tensor) => tensor.data());
  const results = tensorsIn(run(...drawn.args));

  for (const result of results) {
    const size = result.shape.reduce((a, b) => a * b, 1);
    expect(result.data().length === size, () => `holds ${result.data().length} elements for [${result.shape}]`);
  }
  const again = tensorsIn(run(...drawn.args));
  expect(sameValues(results, again), () => "gives other values when called again");
  expect(
    !results.some((result) => tensorsIn(drawn.args).includes(result)),
    () => "returns an input itself, where a tape needs a new tensor",
  );
  const abstracts = tensorsIn(run(...abstractArguments(sample.args)));
  if (drawn.args.some(hasDraw(sample.args))) {
    expect(
      abstracts.every((tensor) => tensor.isAbstract),
      () => "reads or makes values in an abstract run",
    );
  }
  expect(
    describe(abstracts) === describe(results),
    () => `promises ${describe(abstracts)} and gives ${describe(results)}`,
  );

  checkGradients(definition, run, drawn, results, key, order, expect);

  const after = tensorsIn(drawn.args).map((tensor) => tensor.data());
  expect(
    before.every((data, i) => data.every((value, j) => Object.is(value, after[i]![j]))),
    () => "wrote to an input",
  );
}

/** Whether the arguments hold anything that was drawn. */
const hasDraw =
  (original: readonly unknown[]) =>
  (arg: unknown, i: number): boolean =>
    arg !== original[i] && tensorsIn(arg).length > 0;

function checkGradients(
  definition: Checked,
  run: Call,
  drawn: ReturnType<typeof drawArguments>,
  results: readonly AnyTensor[],
  key: Key,
  order: number,
  expect: Expect,
): void {
  const { floats, withFloats } = drawn;
  const smooth = results.map(({ dtype }) => dtype === "float64");
  if (floats.length === 0 || !smooth.includes(true)) return;
  const f: Multivariate = (xs) => tensorsIn(run(...withFloats(xs))).filter((_, i) => smooth[i]);

  const { value, pullBack } = vjp(f)(floats);
  const gradients = pullBack(value as never) as readonly AnyTensor[];
  expect(
    describe(gradients) === describe(floats),
    () => `has gradients ${describe(gradients)} for ${describe(floats)}`,
  );
  if (isPrimitive(definition) && definition.vjp === undefined) {
    expect(
      gradients.every((gradient) => gradient.data().every((x) => x === 0)),
      () => "has a gradient without a rule",
    );
    return;
  }
  for (const { mode, argument, expected, actual, error, tolerance } of compareDerivatives(f, floats, key, order)) {
    expect(
      error <= tolerance,
      () =>
        `${mode}, argument ${argument}: expected ${expected}, got ${actual} (error ${error.toExponential(1)}, allowed ${tolerance.toExponential(1)})`,
    );
  }
}

function sameValues(a: readonly AnyTensor[], b: readonly AnyTensor[]): boolean {
  return a.length === b.length && a.every((x, i) => x.data().every((value, j) => Object.is(value, b[i]!.data()[j])));
}

function checkRefusal(run: Call, sample: ErrorSample, key: Key, expect: Expect): void {
  const { args } = drawArguments(sample.args, key);
  try {
    run(...args);
  } catch (error) {
    expect(
      error instanceof TapegradError && error instanceof sample.error,
      () => `threw ${error} instead of a ${sample.error.name}`,
    );
    expect(
      sample.message.test((error as Error).message),
      () => `said "${(error as Error).message}", not ${sample.message}`,
    );
    return;
  }
  expect(false, () => `was accepted; expected a ${sample.error.name}`);
}

/**
 * A report as text: a line for each failure, and a summary.
 * @example
 * formatOpsReport(checkOps({ exp })); // 1 operations, ... checks, 0 failures
 */
export function formatOpsReport({ operations, checks, failures, withoutOwnForwardMode }: OpsReport): string {
  return [
    ...failures.map(({ operation, call, message }) => `${operation}, ${call}: ${message}`),
    ...(withoutOwnForwardMode.length > 0
      ? [`forward mode made from reverse mode, so not independent: ${withoutOwnForwardMode.join(", ")}`]
      : []),
    `${operations} operations, ${checks} checks, ${failures.length} failures`,
  ].join("\n");
}
