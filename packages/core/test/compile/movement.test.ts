import { expect, test } from "vitest";
import {
  type AnyTensor,
  bernoulli,
  broadcastTo,
  compile,
  concat,
  flip,
  foldIn,
  grad,
  type Key,
  key,
  mul,
  normal,
  pad,
  permute,
  slice,
  split,
  splitKey,
  sum,
  tensor,
  uniform,
  where,
} from "../../src/index.ts";

// What only moves elements, and draws from keys, runs in compiled programs without JavaScript, with the same bits.

type Loose = (...args: unknown[]) => AnyTensor;
const x = normal(key(1), [6, 10, 70]) as AnyTensor;
const cases: readonly (readonly [string, (x: AnyTensor) => AnyTensor])[] = [
  ["slice", (x) => slice(x, [1, [2, 9, 3], [5, null]]) as AnyTensor],
  ["flip", (x) => flip(x, -1) as AnyTensor],
  [
    "pad",
    (x) =>
      pad(x, [
        [0, 0],
        [1, 2],
        [3, 0],
      ]) as AnyTensor,
  ],
  ["permute", (x) => permute(x, [2, 0, 1]) as AnyTensor],
  ["concat", (x) => (concat as Loose)([x, x, mul(x, 2)], 1)],
  ["split", (x) => (split(x, 5, 1) as readonly AnyTensor[])[3]!],
  ["broadcastTo", (x) => broadcastTo(slice(x, [0]), [3, 10, 70]) as AnyTensor],
];

test.each(cases)("%s and its gradient", (_, f) => {
  const all = (x: AnyTensor): unknown => {
    const own = f(x);
    const weights = mul(own, own) as AnyTensor;
    return [own, grad((x: AnyTensor) => sum(mul(f(x), weights)) as never)(x as never)];
  };
  const compiled = compile(all);
  const [expected, actual] = [all(x), compiled(x)] as unknown as readonly (readonly AnyTensor[])[];
  for (const [i, one] of expected!.entries()) expect([...actual![i]!.data()]).toEqual([...one.data()]);
  expect(compiled.explanation().units.filter(({ way }) => way === "host")).toEqual([]);
});

test("draws from keys that are arguments, with keys split and folded", () => {
  const drawn = (own: Key, step: AnyTensor, x: AnyTensor): unknown => {
    const [first, second] = splitKey(foldIn(own, step)) as readonly [Key, Key];
    return [uniform(first, [33]), normal(first, [35]), where(bernoulli(second, 0.4, x.shape), x, 0)];
  };
  const compiled = compile(drawn);
  for (const seed of [3, 4]) {
    const args = [key(seed), tensor(seed, { dtype: "int32" }) as AnyTensor, x] as const;
    const [expected, actual] = [drawn(...args), compiled(...args)] as unknown as readonly (readonly AnyTensor[])[];
    for (const [i, one] of expected!.entries()) expect([...actual![i]!.data()]).toEqual([...one.data()]);
  }
  expect(compiled.traces).toHaveLength(1);
  expect(compiled.explanation().units.filter(({ way }) => way === "host")).toEqual([]);
});
