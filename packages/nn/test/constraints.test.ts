import { type AnyTensor, compile, key, norm, ones, type Tensor, tensor, treeMap } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constrain, Linear, maxNorm, minMaxNorm, nonNegative, Relu, Sequential, unitNorm } from "../src/index.ts";
import { float64, numbers } from "./fixtures.ts";

const rows = fc.array(
  fc.array(
    fc.integer({ min: -50, max: 50 }).map((n) => n / 8),
    { minLength: 3, maxLength: 3 },
  ),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const lengths = (w: AnyTensor): number[] => numbers(norm(w as Tensor, -1) as AnyTensor);

describe("laws", () => {
  test("norms are within the limits, but for zeros; a second time changes nothing", () => {
    fc.assert(
      fc.property(rows, (values) => {
        const w = float64(values);
        const isZero = lengths(w).map((length) => length === 0);
        const cases = [
          [maxNorm(3), 0, 3],
          [minMaxNorm(1, 3), 1, 3],
          [unitNorm(), 1, 1],
        ] as const;
        for (const [constraint, low, high] of cases) {
          const once = constraint(w);
          lengths(once).forEach((length, i) => {
            expect(length).toBeLessThanOrEqual(high * (1 + 1e-14));
            if (!isZero[i]) expect(length).toBeGreaterThanOrEqual(low * (1 - 1e-14));
          });
          numbers(constraint(once)).forEach((value, i) => {
            expect(Math.abs(value - numbers(once)[i]!)).toBeLessThanOrEqual(1e-13);
          });
        }
        expect(numbers(nonNegative()(w)).every((value) => value >= 0)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("what obeys already keeps its bits", () => {
    const w = float64([[0.1, 0.7, -0.3]]);
    expect(numbers(maxNorm(3)(w))).toEqual([0.1, 0.7, -0.3]);
  });
});

test("other axes", () => {
  const w = tensor([
    [3, 0],
    [4, 2],
  ]);
  expect(maxNorm(1, 0)(w).toArray()).toEqual([
    [0.6000000238418579, 0],
    [0.800000011920929, 1],
  ]);
  expect(maxNorm(1, null)(tensor([3, 4])).toArray()).toEqual([0.6000000238418579, 0.800000011920929]);
});

describe("a model", () => {
  const first = Linear.of(tensor([[3, 4]]), tensor([-1]));
  const model = new Sequential(first, new Relu(), Linear.of(tensor([[2]]), tensor([5])));

  test("patterns choose, and what they leave out stays the same object", () => {
    const next = constrain(model, { "layers.*.weight": maxNorm(1), "layers.0.bias": nonNegative() });
    expect(next).toBeInstanceOf(Sequential);
    expect(next.layers[0].weight.toArray()).toEqual([[0.6000000238418579, 0.800000011920929]]);
    expect(next.layers[0].bias!.toArray()).toEqual([0]);
    expect(next.layers[2].weight.toArray()).toEqual([[1]]);
    expect(next.layers[2].bias).toBe(model.layers[2].bias);
    expect(next.layers[1]).toBe(model.layers[1]);
  });

  test("several constraints apply in order, and tied weights stay tied by whichever path they are meant", () => {
    const w = tensor([[-3, 4]]);
    const next = constrain({ a: w, b: w }, { b: nonNegative(), a: unitNorm() });
    expect(next.a).toBe(next.b);
    expect(next.a.toArray()).toEqual([[0, 1]]);
  });

  test("compiled, it gives the same", () => {
    const step = (m: typeof model): typeof model => constrain(m, { "layers.*.weight": maxNorm(1) });
    const copy = treeMap(model, ({ value }) => (value as Tensor).mul(1)) as typeof model;
    const compiled = compile(step, { donate: [0] })(copy);
    expect(compiled.layers[0].weight.toArray()).toEqual(step(model).layers[0].weight.toArray());
  });

  test("buffers and keys are no parameters", () => {
    expect(() => constrain({ k: key(0), n: tensor([1], { dtype: "int32" }) }, { n: nonNegative() })).toThrow(
      /constrain: "n" fits no parameter; there are none/,
    );
  });
});

describe("errors", () => {
  const model = { w: ones([2]) };
  test.each([
    [() => constrain(model, { v: unitNorm() }), /constrain: "v" fits no parameter; there are w/],
    [() => constrain(model, { w: 3 as never }), /constrain: what "w" is given is no function; give one, such as maxN/],
    [
      () => constrain(model, { w: () => ones([3]) }),
      /constrain: w is float32 \[2\], its constraint gave float32 \[3\]/,
    ],
    [() => constrain(model, { w: () => undefined as never }), /its constraint gave no tensor; keep its form/],
    [() => maxNorm(0), /maxNorm: the limit is 0; give a number above 0/],
    [() => maxNorm(Number.NaN), /maxNorm: the limit is NaN/],
    [() => minMaxNorm(2, 1), /minMaxNorm: the limits are 2 and 1; give two from 0, the lower one first/],
    [() => minMaxNorm(-1, 1), /minMaxNorm: the limits are -1 and 1/],
  ])("%s", (f, message) => {
    expect(f).toThrow(message);
  });
});
