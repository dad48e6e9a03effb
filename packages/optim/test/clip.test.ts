import { readFileSync } from "node:fs";
import { ArgumentError, abstract, GradientError, ones, type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { clipGradients } from "../src/index.ts";

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly id: string;
  readonly attrs: { readonly max_norm: number };
  readonly inputs: readonly Values[];
  readonly outputs: readonly Values[];
  readonly total_norm: number;
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("./fixtures/clip.json", import.meta.url), "utf8"));
const double = (data: readonly number[], shape: readonly number[]): Tensor =>
  tensor(Float64Array.from(data), { shape });

test.each(cases)("$id: the numbers of PyTorch", ({ attrs, inputs, outputs, total_norm }) => {
  const { gradients, norm } = clipGradients(
    inputs.map(({ data, shape }) => double(data, shape)),
    attrs.max_norm,
  );
  expect(norm.item()).toBeCloseTo(total_norm, 12);
  gradients.forEach((gradient, i) => {
    Array.from(gradient.data(), (value, j) => expect(value).toBeCloseTo(outputs[i]!.data[j]!, 12));
  });
});

test("short gradients stay, long ones get the largest norm, null stays null", () => {
  const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 100, noNaN: true }), (data, largest) => {
      const { gradients, norm } = clipGradients({ a: double(data, [data.length]), b: null }, largest);
      const after = Math.hypot(...gradients.a.data());
      expect(after).toBeLessThanOrEqual(largest * (1 + 1e-12));
      if (norm.item() <= largest - 1e-6) expect(Array.from(gradients.a.data())).toEqual(data);
      expect(gradients.b).toBeNull();
    }),
  );
});

test("a gradient that stands at several places counts once", () => {
  const g = double([3, 4], [2]);
  expect(clipGradients({ a: g, b: g }, 1).norm.item()).toBe(5);
});

test("no value is read, and dtypes may differ", () => {
  expect(clipGradients({ a: abstract([2, 3], "float32") }, 1).gradients.a.shape).toEqual([2, 3]);
  const { gradients, norm } = clipGradients({ a: tensor([3]), b: double([4], [1]) }, 1);
  expect([norm.item(), norm.dtype, gradients.a.dtype, gradients.b.dtype]).toEqual([5, "float64", "float32", "float64"]);
  expect(gradients.a.item()).toBeCloseTo(0.6, 6);
});

test.each([1, 2, 3, Number.POSITIVE_INFINITY])("the norm of p = %s, also of no elements", (p) => {
  const data = [1, -2, 3, -4];
  const power = data.map((x) => Math.abs(x) ** p).reduce((a, b) => a + b);
  const expected = p === Number.POSITIVE_INFINITY ? 4 : power ** (1 / p);
  const { norm } = clipGradients({ a: double(data.slice(0, 3), [3]), b: double([-4], [1]), c: ones([0]) }, 1, { p });
  expect(norm.item()).toBeCloseTo(expected, 12);
});

test("errors", () => {
  expect(() => clipGradients(ones([1]), 1, { p: 0 })).toThrow(/p is 0; give a number above 0/);
  expect(() => clipGradients(ones([1]), 1, { norm: 1 } as never)).toThrow(/no option "norm"; use p/);
  expect(() => clipGradients(ones([1]), 0)).toThrow(ArgumentError);
  expect(() => clipGradients({ a: null }, 1)).toThrow(GradientError);
});
