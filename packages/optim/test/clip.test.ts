import { readFileSync } from "node:fs";
import { ArgumentError, GradientError, ones, type Tensor, tensor } from "@tapegrad/core";
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

test("errors", () => {
  expect(() => clipGradients(ones([1]), 0)).toThrow(ArgumentError);
  expect(() => clipGradients({ a: null }, 1)).toThrow(GradientError);
});
