import { type AnyTensor, cast, customGradient, exp, key, mul, relu, sin, sub, sum, tensor } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { type Comparison, compareDerivatives, derivativesOf } from "../src/derivative-checks.ts";

const double = (values: number[]): AnyTensor => tensor(values, { dtype: "float64" });
const wrong = (comparisons: readonly Comparison[]): string[] =>
  comparisons
    .filter(({ error, tolerance }) => !(error <= tolerance))
    .map(({ mode, argument }) => `${mode}, ${argument}`);

describe("compareDerivatives", () => {
  test("finds right derivatives right, at each order", () => {
    const f = ([x, y]: readonly AnyTensor[]): AnyTensor[] => [mul(exp(x!), y!), sum(sin(x!))];
    const comparisons = compareDerivatives(f, [double([0.1, 0.2]), double([3, 4])], key(0), 3);
    expect(wrong(comparisons)).toEqual([]);
    // Two arguments; their two cotangents too at the next order, and so on; reverse and forward each.
    expect(comparisons).toHaveLength(2 * (2 + 4 + 6));
    expect(comparisons.at(-1)!.mode).toBe("forward of the pull-back of the pull-back");
  });

  test("finds a wrong gradient, and which argument has it", () => {
    const product = customGradient(
      (x: AnyTensor, y: AnyTensor) =>
        ({
          value: mul(x, y),
          pullBack: (g: AnyTensor) => [mul(g, y), mul(g, mul(x, 2))],
        }) as never,
    ) as unknown as (x: AnyTensor, y: AnyTensor) => AnyTensor;
    const found = wrong(compareDerivatives(([x, y]) => [product(x!, y!)], [double([1, 2]), double([3, 4])], key(0), 1));
    expect(found).toContain("reverse, 1");
    expect(found).not.toContain("reverse, 0");
  });

  test("passes over arguments without elements", () => {
    expect(compareDerivatives(([x]) => [exp(x!)], [double([])], key(0), 1)).toEqual([]);
  });

  test("compares the two modes alone where differences tell nothing", () => {
    const atKink = (numeric: boolean) => compareDerivatives(([x]) => [relu(x!)], [double([0])], key(0), 1, { numeric });
    expect(wrong(atKink(true))).toEqual(["reverse, 0"]);
    expect(wrong(atKink(false))).toEqual([]);
  });

  test("allows rounding errors of what was computed with, not of what is left of it", () => {
    const cancelling = ([x]: readonly AnyTensor[]): AnyTensor[] => [sub(mul(x!, 1e6), mul(x!, 1e6 - 1))];
    expect(wrong(compareDerivatives(cancelling, [double([0.3, 0.7])], key(0), 1, { scale: 1e6 }))).toEqual([]);
  });
});

describe("derivativesOf", () => {
  const f = ([x, y]: readonly AnyTensor[]): AnyTensor[] => [mul(exp(x!), y!)];
  const xs = [double([0.5, 0.25]), double([3, 4])];

  test("names results, gradients and tangents, and those of the pull-back", () => {
    const of = (order: number): string[] => derivativesOf(f, xs, key(0), order).map(({ name }) => name);
    expect(of(1)).toEqual(["result 0", "gradient 0", "gradient 1", "tangent 0"]);
    expect(of(2)).toContain("gradient 2 of the pull-back");
  });

  test("are the same in float32, up to rounding", () => {
    const single = derivativesOf(
      f,
      xs.map((x) => cast(x, "float32") as AnyTensor),
      key(0),
      2,
    );
    derivativesOf(f, xs, key(0), 2).forEach(({ name, tensor }, i) => {
      expect(single[i]!.name).toBe(name);
      expect(single[i]!.tensor.dtype).toBe("float32");
      tensor.data().forEach((value, j) => {
        expect(single[i]!.tensor.data()[j]! / value).toBeCloseTo(1, 5);
      });
    });
  });
});
