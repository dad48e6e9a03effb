import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnyTensor, grad, key, mul, normal, scaledDotProductAttention, sum, tensor } from "../../src/index.ts";

const whole = (min: number, max: number) => fc.integer({ min, max });

function random(shape: readonly number[], seed: number): AnyTensor {
  return normal(key(seed), shape, { dtype: "float64" }) as AnyTensor;
}

type Rows = readonly (readonly number[])[];

/** The definition, written out for one batch. */
function naive(q: Rows, k: Rows, v: Rows, scale: number, added: (i: number, j: number) => number): number[] {
  return q.flatMap((query, i) => {
    const scores = k.map((row, j) => scale * row.reduce((total, x, e) => total + x * query[e]!, 0) + added(i, j));
    const powers = scores.map(Math.exp);
    const total = powers.reduce((a, b) => a + b);
    return v[0]!.map((_, e) => (total === 0 ? 0 : powers.reduce((a, p, j) => a + p * v[j]![e]!, 0) / total));
  });
}

function expectClose(actual: AnyTensor, expected: readonly number[]): void {
  expect(actual.size).toBe(expected.length);
  actual.data().forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 12);
  });
}

test("agrees with the definition, for any mask, causal or not", () => {
  fc.assert(
    fc.property(
      whole(1, 4),
      whole(1, 4),
      whole(1, 3),
      whole(1, 3),
      fc.constantFrom("none", "bool", "float"),
      fc.boolean(),
      fc.nat(),
      (queries, keys, features, width, kind, causal, seed) => {
        const [q, k, v] = [
          random([queries, features], seed),
          random([keys, features], seed + 1),
          random([keys, width], seed + 2),
        ];
        const bias = random([queries, keys], seed + 3);
        const values = bias.toArray() as Rows;
        const allowed = values.map((row) => row.map((value) => value > 0));
        const mask = kind === "bool" ? tensor(allowed) : bias;
        const added = (i: number, j: number): number => {
          if (causal && j > i) return Number.NEGATIVE_INFINITY;
          if (kind === "none") return 0;
          return kind === "float" ? values[i]![j]! : allowed[i]![j] ? 0 : Number.NEGATIVE_INFINITY;
        };
        const y = scaledDotProductAttention(q, k, v, { causal, ...(kind !== "none" && { mask }) });
        const rows = [q, k, v].map((x) => x.toArray()) as unknown as [Rows, Rows, Rows];
        expectClose(y, naive(...rows, 1 / Math.sqrt(features), added));
      },
    ),
    { numRuns: 100 },
  );
});

describe("a query that may attend to nothing", () => {
  const [q, k, v] = [random([2, 2], 1), random([3, 2], 2), random([3, 2], 3)];
  const infinite = Number.NEGATIVE_INFINITY;
  const masks = {
    bool: tensor([
      [false, false, false],
      [true, false, true],
    ]) as AnyTensor,
    float: tensor(
      [
        [infinite, infinite, infinite],
        [0, infinite, 0],
      ],
      { dtype: "float64" },
    ) as AnyTensor,
  };

  test.each(["bool", "float"] as const)("gives zeros, with a gradient of 0, by a mask of %s", (kind) => {
    const mask = masks[kind];
    const attend = (operands: readonly AnyTensor[]): AnyTensor =>
      scaledDotProductAttention(operands[0]!, operands[1]!, operands[2]!, { mask }) as AnyTensor;
    const y = attend([q, k, v]);
    expect((y.toArray() as Rows)[0]).toEqual([0, 0]);
    const g = random([2, 2], 4);
    const gradients = grad((operands: readonly AnyTensor[]) => sum(mul(g, attend(operands))))([q, k, v]);
    const [ofQ, ofK, ofV] = gradients as unknown as readonly AnyTensor[];
    expect((ofQ!.toArray() as Rows)[0]).toEqual([0, 0]);
    // The other query alone moves keys and values, and the key that it may not see stays.
    const alone = scaledDotProductAttention(tensor([(q.toArray() as Rows)[1]!], { dtype: "float64" }), k, v, {
      mask: tensor([[true, false, true]]),
    });
    expectClose(alone, [...y.data()].slice(2));
    expect((ofK!.toArray() as Rows)[1]!.map(Math.abs)).toEqual([0, 0]);
    expect((ofV!.toArray() as Rows)[1]!.map(Math.abs)).toEqual([0, 0]);
    expect([...ofK!.data(), ...ofV!.data()].every(Number.isFinite)).toBe(true);
  });

  test("an additive mask gets no gradient there either", () => {
    const gradient = grad((mask: AnyTensor) => sum(scaledDotProductAttention(q, k, v, { mask }) as AnyTensor))(
      masks.float,
    );
    expect((gradient.toArray() as Rows)[0]!.map(Math.abs)).toEqual([0, 0, 0]);
    expect([...gradient.data()].every(Number.isFinite)).toBe(true);
  });
});

test("batches broadcast, and so does the mask", () => {
  const [q, k, v] = [random([2, 3, 2, 4], 1), random([3, 5, 4], 2), random([1, 3, 5, 2], 3)];
  const y = scaledDotProductAttention(q, k, v, { mask: tensor([[true, true, false, true, false]]) });
  expect(y.shape).toEqual([2, 3, 2, 2]);
});

test("large scores do not overflow", () => {
  const [q, k, v] = [tensor([[1e3]]), tensor([[1e3], [-1e3]]), tensor([[1], [2]])];
  expect(scaledDotProductAttention(q, k, v).toArray()).toEqual([[1]]);
});
