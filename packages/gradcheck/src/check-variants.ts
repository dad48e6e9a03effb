import { type AnyTensor, abstract, cast, TapegradError, vjp } from "@tapegrad/core";
import { checkDerivatives, type Expect } from "./check-derivatives.ts";
import { describe, functionOf, type Subject, tensorsAmong, tensorsIn } from "./check-sample.ts";
import { type Derivative, derivativesOf } from "./derivative-checks.ts";
import { type DrawnTensor, replaceIn, wholeNumbers } from "./sample-arguments.ts";

/** A sample call with arguments of other dtypes, or without some of its values. */
export interface Variant {
  /** `in float32`, `with draw 1 as int32`, `with tensor 0 abstract`. */
  readonly name: string;
  readonly check: (expect: Expect) => void;
}

/** Calls that a sample implies, beside the one that it states. */
export function variantsOf(subject: Subject): Variant[] {
  const { args, tensors, floats } = subject.drawn;
  const floatDraws = tensors.filter(({ tensor }) => tensor.dtype === "float64");
  return [
    ...(floats.length > 0 ? [{ name: "in float32", check: (expect: Expect) => checkFloat32(subject, expect) }] : []),
    ...(floats.length > 1
      ? floatDraws.map((drawn, i) => ({
          name: `with draw ${i} as int32`,
          check: (expect: Expect) => checkMixed(subject, drawn, expect),
        }))
      : []),
    ...tensorsAmong(args).map((tensor, i) => ({
      name: `with tensor ${i} abstract`,
      check: (expect: Expect) => checkPartlyAbstract(subject, tensor, expect),
    })),
  ];
}

/** Errors allowed, relative to the largest element of a tensor, and of all tensors: some cancel to 0 but for rounding. */
interface Tolerance {
  readonly ofTensor: number;
  readonly ofAll: number;
}

/** What float32 may differ by. */
const SINGLE: Tolerance = { ofTensor: 1e-4, ofAll: 1e-5 };
/** What calls of float64 may differ by that do the same in another order. */
const DOUBLE: Tolerance = { ofTensor: 1e-11, ofAll: 1e-14 };

/** In float32, results and derivatives are float32, and those of float64 at the same points up to rounding. */
function checkFloat32({ run, drawn, key, order }: Subject, expect: Expect): void {
  const singles = drawn.floats.map((x) => cast(x, "float32") as AnyTensor);
  const doubles = singles.map((x) => cast(x, "float64") as AnyTensor);
  const given = tensorsAmong(drawn.args).filter(({ dtype }) => dtype === "float64");
  const inSingle = replaceIn(
    drawn.args,
    new Map<unknown, unknown>([
      ["float64", "float32"],
      ...given.map((x) => [x, cast(x, "float32")] as const),
      ...drawn.floats.map((x, i) => [x, singles[i]] as const),
    ]),
  );
  const inDouble = replaceIn(drawn.args, new Map(drawn.floats.map((x, i) => [x, doubles[i]])));

  const results = tensorsIn(run(...inDouble));
  const singleResults = tensorsIn(run(...inSingle));
  expectAlike(asDerivatives(singleResults), asDerivatives(results), "float32", SINGLE, expect);
  const smooth = results.map(({ dtype }, i) => dtype === "float64" && singleResults[i]?.dtype === "float32");
  if (!smooth.includes(true)) return;
  const kept = (i: number): boolean => smooth[i]!;
  expectAlike(
    derivativesOf(functionOf(run, inSingle, singles, kept), singles, key, order),
    derivativesOf(functionOf(run, inDouble, doubles, kept), doubles, key, order),
    "float32",
    SINGLE,
    expect,
  );
}

/** With one argument of integers, the derivatives by the others are those beside the same numbers in float64. */
function checkMixed({ run, drawn, key, order }: Subject, changed: DrawnTensor, expect: Expect): void {
  const double = wholeNumbers(changed);
  if (double === undefined) return;
  const mixed = replaceIn(drawn.args, new Map([[changed.tensor, cast(double, "int32")]]));
  const inDouble = replaceIn(drawn.args, new Map([[changed.tensor, double]]));
  let mixedResults: AnyTensor[];
  try {
    mixedResults = tensorsIn(run(...mixed));
  } catch (error) {
    expect(error instanceof TapegradError, () => `threw ${error}`);
    return;
  }
  const results = tensorsIn(run(...inDouble));
  const shapes = (tensors: readonly AnyTensor[]): string => tensors.map(({ shape }) => `[${shape}]`).join(", ");
  expect(shapes(mixedResults) === shapes(results), () => `gives ${shapes(mixedResults)} for ${shapes(results)}`);
  const smooth = results.map(({ dtype }, i) => dtype === "float64" && mixedResults[i]?.dtype === "float64");
  expect(
    results.length !== 1 || results[0]!.dtype !== "float64" || smooth[0]!,
    () => `gives ${mixedResults[0]!.dtype} for int32 with float64`,
  );
  if (!smooth.includes(true)) return;
  const kept = (i: number): boolean => smooth[i]!;
  const others = drawn.floats.filter((x) => x !== changed.tensor);
  const f = functionOf(run, mixed, others, kept);
  const expected = derivativesOf(functionOf(run, inDouble, others, kept), others, key, order);
  expectAlike(derivativesOf(f, others, key, order), expected, "float64", DOUBLE, expect);
  // Whole numbers may hit a pole, where there is nothing to compare.
  if (expected.some(({ tensor }) => !tensor.data().every(Number.isFinite))) return;
  checkDerivatives(f, others, { key, order, modes: ["forward", "reverse"] }, expect);
}

/** With one argument abstract, results and gradients are abstract, with the shapes and dtypes that they always have. */
function checkPartlyAbstract({ run, drawn }: Subject, changed: AnyTensor, expect: Expect): void {
  const standIn = abstract(changed.shape, changed.dtype);
  const args = replaceIn(drawn.args, new Map([[changed, standIn]]));
  const results = tensorsIn(run(...drawn.args));
  const abstracts = tensorsIn(run(...args));
  expect(describe(abstracts) === describe(results), () => `promises ${describe(abstracts)} for ${describe(results)}`);
  // Of several results, some may depend on the other arguments only.
  expect(
    abstracts.some((tensor) => tensor.isAbstract),
    () => "gives values that cannot be known",
  );
  const floats = drawn.floats.map((x) => (x === changed ? standIn : x));
  const smooth = results.map(({ dtype }) => dtype === "float64");
  if (floats.length === 0 || !smooth.includes(true)) return;
  const { value, pullBack } = vjp(functionOf(run, args, floats, (i) => smooth[i]!))(floats);
  const gradients = pullBack(value as never) as readonly AnyTensor[];
  expect(
    describe(gradients) === describe(floats),
    () => `has gradients ${describe(gradients)} for ${describe(floats)}`,
  );
}

const asDerivatives = (tensors: readonly AnyTensor[]): Derivative[] =>
  tensors.map((tensor, i) => ({ name: `result ${i}`, tensor }));

/** Compares values one by one; what is float64 where it is expected must be of the dtype `inPlaceOfDouble`. */
function expectAlike(
  actual: readonly Derivative[],
  expected: readonly Derivative[],
  inPlaceOfDouble: "float32" | "float64",
  { ofTensor, ofAll }: Tolerance,
  expect: Expect,
): void {
  expect(actual.length === expected.length, () => `gives ${actual.length} tensors for ${expected.length}`);
  const sizeOfAll = expected.reduce((most, { tensor }) => Math.max(most, largest(tensor)), 1);
  expected.forEach(({ name, tensor }, i) => {
    const own = actual[i]?.tensor;
    if (own === undefined) return;
    const dtype = tensor.dtype === "float64" ? inPlaceOfDouble : tensor.dtype;
    const kind = `${dtype} [${tensor.shape}]`;
    const fits = describe([own]) === kind;
    expect(fits, () => `${name} is ${describe([own])}, not ${kind}`);
    if (!fits) return;
    const [values, wanted] = [own, tensor].map((x) => Array.from(x.data())) as [number[], number[]];
    const allowed = ofTensor * largest(tensor) + ofAll * sizeOfAll;
    const wrong = wanted.findIndex((x, j) => !Object.is(x, values[j]) && !(Math.abs(x - values[j]!) <= allowed));
    expect(wrong === -1, () => `${name}, element ${wrong}: ${values[wrong]}, but ${wanted[wrong]} in float64`);
  });
}

/** The size of the largest finite element. */
function largest(tensor: AnyTensor): number {
  return Array.from(tensor.data(), Math.abs).reduce(
    (most, x) => (x < Number.POSITIVE_INFINITY ? Math.max(most, x) : most),
    0,
  );
}
