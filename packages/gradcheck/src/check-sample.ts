import {
  type AnyTensor,
  type Checked,
  type ErrorSample,
  isTensor,
  Key,
  type OpDef,
  type Sample,
  sizeOf,
  TapegradError,
  treeLeaves,
  vjp,
} from "@tapegrad/core";
import { checkDerivatives, type Expect } from "./check-derivatives.ts";
import type { Multivariate } from "./derivative-checks.ts";
import { sameValues } from "./engine/runs.ts";
import { abstractArguments, type Drawn, drawArguments, leavesOf, replaceIn } from "./sample-arguments.ts";

export type Call = (...args: readonly unknown[]) => unknown;

/** A sample call of an operation, and how it is to be checked. */
export interface Subject {
  readonly definition: Checked;
  readonly run: Call;
  readonly sample: Sample;
  readonly drawn: Drawn;
  readonly key: Key;
  /** Highest order of derivatives. */
  readonly order: number;
}

export function isPrimitive(definition: Checked): definition is OpDef {
  return "infer" in definition;
}

export function isConstant(definition: Checked): boolean {
  return isPrimitive(definition) && definition.constant === true;
}

export function tensorsIn(value: unknown): AnyTensor[] {
  return treeLeaves(value).map((leaf) => (leaf.value instanceof Key ? leaf.value.bits : leaf.value));
}

export const describe = (tensors: readonly AnyTensor[]): string =>
  tensors.map(({ shape, dtype }) => `${dtype} [${shape}]`).join(", ");

/** A call as a function of some tensors among its arguments, with those of its results that `kept` names. */
export function functionOf(
  run: Call,
  args: readonly unknown[],
  tensors: readonly AnyTensor[],
  kept: (result: number) => boolean,
): Multivariate {
  return (xs) =>
    tensorsIn(run(...replaceIn(args, new Map(tensors.map((x, i) => [x, xs[i]]))))).filter((_, i) => kept(i));
}

/** Checks that a call keeps to its definition as it is written in the sample. */
export function checkSample(subject: Subject, expect: Expect): void {
  const { run, sample, drawn } = subject;
  const before = tensorsIn(drawn.args).map((tensor) => tensor.data());
  const results = tensorsIn(run(...drawn.args));

  for (const result of results) {
    const size = sizeOf(result.shape);
    expect(result.data().length === size, () => `holds ${result.data().length} elements for [${result.shape}]`);
  }
  const again = tensorsIn(run(...drawn.args));
  expect(
    results.length === again.length && results.every((x, i) => sameValues(x.data(), again[i]!.data())),
    () => "gives other values when called again",
  );
  expect(
    !results.some((result) => tensorsIn(drawn.args).includes(result)),
    () => "returns an input itself, where a tape needs a new tensor",
  );
  const abstracts = tensorsIn(run(...abstractArguments(sample.args)));
  if (drawn.tensors.length > 0) {
    expect(
      abstracts.every((tensor) => tensor.isAbstract),
      () => "reads or makes values in an abstract run",
    );
  }
  expect(
    describe(abstracts) === describe(results),
    () => `promises ${describe(abstracts)} and gives ${describe(results)}`,
  );

  checkSampleGradients(subject, results, expect);

  const after = tensorsIn(drawn.args).map((tensor) => tensor.data());
  expect(
    before.every((data, i) => sameValues(data, after[i]!)),
    () => "wrote to an input",
  );
}

function checkSampleGradients(
  { definition, run, drawn, key, order }: Subject,
  results: readonly AnyTensor[],
  expect: Expect,
): void {
  const { floats } = drawn;
  const smooth = results.map(({ dtype }) => dtype === "float64");
  if (floats.length === 0 || !smooth.includes(true)) return;
  const f = functionOf(run, drawn.args, floats, (i) => smooth[i]!);

  const { value, pullBack } = vjp(f)(floats);
  const gradients = pullBack(value as never) as readonly AnyTensor[];
  expect(
    describe(gradients) === describe(floats),
    () => `has gradients ${describe(gradients)} for ${describe(floats)}`,
  );
  if (isConstant(definition)) {
    expect(
      gradients.every((gradient) => gradient.data().every((x) => x === 0)),
      () => "has a gradient, but is declared constant",
    );
    return;
  }
  checkDerivatives(f, floats, { key, order }, expect);
}

/** Checks that a call is refused, with the right error and in the right words. */
export function checkRefusal(run: Call, sample: ErrorSample, key: Key, expect: Expect): void {
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

/** The tensors among the arguments of a call, each once, drawn or not. */
export function tensorsAmong(args: readonly unknown[]): AnyTensor[] {
  return [...new Set(leavesOf(args).filter(isTensor))];
}
