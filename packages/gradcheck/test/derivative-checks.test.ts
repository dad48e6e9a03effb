import { type AnyTensor, cast, exp, key, mul, tensor } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { derivativesOf } from "../src/derivative-checks.ts";

const double = (values: number[]): AnyTensor => tensor(values, { dtype: "float64" });
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
