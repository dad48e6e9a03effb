import {
  type AnyTensor,
  key,
  matmul,
  normal,
  ones,
  type Shape,
  square,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluation, LearnedPositions, rotary, SinusoidalPositions, sinusoids } from "../../../src/index.ts";
import { expectNear, float64, numbers } from "../../fixtures.ts";

type Double = Tensor<Shape, "float64">;
const draw = (seed: number, shape: Shape): Double => normal(key(seed), shape, { dtype: "float64" }) as Double;
const ints = (values: readonly number[]): AnyTensor => tensor(values, { dtype: "int32" }) as AnyTensor;
const near = { rtol: 1e-10, atol: 1e-12 };

describe("rotary", () => {
  test("turns each pair by its angle", () => {
    const turned = rotary(float64([[1, 2, 3, 4]]), { positions: ints([5]), base: 100 });
    const [a, b] = [5, 5 / 10];
    const expected = [
      Math.cos(a) - 3 * Math.sin(a),
      2 * Math.cos(b) - 4 * Math.sin(b),
      3 * Math.cos(a) + Math.sin(a),
      4 * Math.cos(b) + 2 * Math.sin(b),
    ];
    expectNear(numbers(turned), expected, near);
  });

  test("keeps lengths, and products depend on distances only", () => {
    const place = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(place, place, place, fc.nat(), (m, n, shift, seed) => {
        const [q, k] = [draw(seed, [1, 6]), draw(seed + 1, [1, 6])];
        const product = (at: number, to: number): number[] =>
          numbers(
            matmul(rotary(q, { positions: ints([at]) }), rotary(k, { positions: ints([to]) }), { transposeB: true }),
          );
        expectNear(product(m + shift, n + shift), product(m, n), { rtol: 1e-9, atol: 1e-10 });
        expectNear(numbers(sum(square(rotary(q, { positions: ints([m]) })))), numbers(sum(square(q))), near);
      }),
      { numRuns: 50 },
    );
  });

  test("float32 at far positions is float64's, rounded", () => {
    const x = normal(key(0), [1, 8]);
    const positions = ints([100_003]);
    const double = rotary(tensor(numbers(x), { shape: [1, 8], dtype: "float64" }), { positions });
    expectNear(numbers(rotary(x, { positions })), numbers(double), { rtol: 0, atol: 1e-6 });
  });
});

test("sinusoids are those of the paper", () => {
  const table = sinusoids(4, 6, { dtype: "float64" });
  const expected = Array.from({ length: 4 }, (_, p) =>
    [0, 1, 2].flatMap((i) => [Math.sin(p / 10000 ** (i / 3)), Math.cos(p / 10000 ** (i / 3))]),
  );
  expectNear(numbers(table), expected.flat(), near);
});

test("both modules add rows, from any start on", () => {
  const x = draw(0, [2, 3, 4]);
  const waves = new SinusoidalPositions(4);
  const rows = new LearnedPositions(7, 4, { key: key(0), dtype: "float64" });
  for (const [module, table] of [
    [waves, sinusoids(7, 4, { dtype: "float64" })],
    [rows, rows.weight],
  ] as const) {
    for (const start of [0, 4]) {
      const expected = x.add(table.slice([[start, start + 3]]) as Double);
      for (const given of [start, tensor(start, { dtype: "int32" }) as AnyTensor]) {
        expectNear(numbers(module.forward(x, evaluation, { start: given })), numbers(expected), near);
      }
    }
  }
});

describe("errors", () => {
  const rows = new LearnedPositions(3, 4, { key: key(0) });
  test.each<[string, () => unknown, RegExp]>([
    ["odd", () => sinusoids(2, 3), /sinusoids: 3 features do not make pairs/],
    ["odd module", () => new SinusoidalPositions(Number.NaN), /SinusoidalPositions: NaN features do not make pairs/],
    ["base", () => new SinusoidalPositions(4, { base: 0 }), /the base is 0/],
    ["odd rotary", () => rotary(ones([2, 3])), /rotary: 3 features do not make pairs/],
    ["rank", () => rotary(ones([4])), /rotary: x is \[4\].*give x of \[..., L, E\]/],
    ["positions", () => rotary(ones([2, 4]), { positions: ones([3]) }), /x is \[2, 4\], positions are \[3\]/],
    ["integers", () => rotary(ones([2, 4], { dtype: "int32" })), /x is int32; cast it/],
    ["no key", () => new LearnedPositions(3, 4, {} as never), /there is no key.*new LearnedPositions\(3, 4/],
    ["size", () => new LearnedPositions(0, 4, { key: key(0) }), /0 is no number of positions/],
    ["too long", () => rows.forward(zeros([1, 4, 4])), /position 3 is asked for, the last is 2; make it for longer/],
    ["features", () => rows.forward(zeros([1, 2, 3])), /x is \[1, 2, 3\], positions have 4 features/],
    ["start", () => rows.forward(zeros([1, 2, 4]), evaluation, { start: -1 }), /start is -1/],
    ["dtype", () => rows.forward(zeros([1, 2, 4], { dtype: "float64" })), /x is float64, the weight is float32/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
