import { expect, test } from "vitest";
import { type AnyTensor, add, compile, cos, grad, mul, sin, sum, type Tensor, tensor } from "../../src/index.ts";

// sin and cos are part of fused groups, whatever the argument.

type Loose = Tensor<readonly number[], "float32">;

const f = (x: AnyTensor): unknown => {
  const g = (x: AnyTensor): AnyTensor =>
    add(sin(x as Loose) as AnyTensor, mul(cos(x as Loose) as AnyTensor, 2) as AnyTensor) as AnyTensor;
  return [g(x), grad((x: AnyTensor) => sum(g(x)) as never)(x as never)];
};

/** Angles of all sizes, the large ones now and then, and what has no sine. */
const angles = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    if (i % 977 === 5) return [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e30][i % 4]!;
    return (i % 50 === 7 ? 1e7 : 3) * Math.sin(i * i) + i / 100;
  });

test.each([
  ["float32", 3, 2 ** -21],
  ["float32", 70_001, 2 ** -21],
  ["float64", 1, 1e-15],
  ["float64", 40_003, 1e-15],
] as const)("sin and cos of %s, %i of them", (dtype, count, bound) => {
  const x = tensor(angles(count), { dtype }) as AnyTensor;
  const compiled = compile(f);
  const [expected, actual] = [f(x), compiled(x)] as unknown as readonly (readonly AnyTensor[])[];
  for (const [i, one] of expected!.entries()) {
    const [first, second] = [one.data(), actual![i]!.data()];
    let worst = 0;
    for (let k = 0; k < count; k++) {
      if (Number.isNaN(first[k]!) !== Number.isNaN(second[k]!)) worst = Number.POSITIVE_INFINITY;
      else if (!Number.isNaN(first[k]!)) worst = Math.max(worst, Math.abs(Number(first[k]!) - Number(second[k]!)));
    }
    expect(worst).toBeLessThan(4 * bound);
  }
  expect(compiled.explanation().units.map(({ way }) => way)).not.toContain("host");
});
