import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  compile,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  grad,
  isTensor,
  key,
  maxPool2d,
  mul,
  normal,
  splitKey,
  sum,
  tensor,
  treeLeaves,
} from "../../src/index.ts";

// What convolutional networks are made of runs in compiled programs without JavaScript, and gives what it gives by itself.

type Floats = "float32" | "float64";
type Case = readonly [name: string, shapes: readonly (readonly number[])[], f: (...args: AnyTensor[]) => AnyTensor];

const conv = conv2d as (...args: unknown[]) => AnyTensor;
const cases: readonly Case[] = [
  ["conv1d", [[3, 4, 20], [6, 4, 5], [6]], (x, w, b) => conv1d(x, w, b) as AnyTensor],
  ["conv2d of 3×3, padded", [[9, 8, 7, 9], [12, 8, 3, 3], [12]], (x, w, b) => conv(x, w, b, { padding: 1 })],
  ["conv2d of 3×3, few channels", [[4, 1, 12, 12], [8, 1, 3, 3], [8]], (x, w, b) => conv(x, w, b, { padding: "same" })],
  [
    "conv2d of 5×5",
    [
      [17, 3, 9, 9],
      [5, 3, 5, 5],
    ],
    (x, w) => conv(x, w),
  ],
  [
    "conv2d of 1×1",
    [
      [2, 8, 6, 5],
      [16, 8, 1, 1],
    ],
    (x, w) => conv(x, w),
  ],
  [
    "conv2d with strides",
    [
      [2, 4, 11, 8],
      [4, 4, 3, 3],
    ],
    (x, w) => conv(x, w, null, { stride: [2, 3], padding: 1 }),
  ],
  [
    "conv2d with dilation",
    [
      [2, 8, 9, 9],
      [8, 8, 3, 3],
    ],
    (x, w) => conv(x, w, null, { dilation: 2, padding: 2 }),
  ],
  [
    "conv2d in groups",
    [
      [2, 8, 6, 6],
      [12, 4, 3, 3],
    ],
    (x, w) => conv(x, w, null, { groups: 2, padding: 1 }),
  ],
  [
    "conv2d of each channel",
    [
      [9, 8, 6, 6],
      [8, 1, 3, 3],
    ],
    (x, w) => conv(x, w, null, { groups: 8, padding: 1 }),
  ],
  [
    "conv3d",
    [
      [2, 2, 5, 6, 4],
      [3, 2, 2, 3, 2],
    ],
    (x, w) => conv3d(x, w) as AnyTensor,
  ],
  [
    "convTranspose2d",
    [
      [3, 6, 5, 4],
      [6, 4, 3, 3],
    ],
    (x, w) => convTranspose2d(x, w, null, { stride: 2, padding: 1 }) as AnyTensor,
  ],
  ["maxPool2d", [[4, 3, 12, 10]], (x) => maxPool2d(x, 2) as AnyTensor],
  ["maxPool2d that overlaps", [[4, 3, 11, 9]], (x) => maxPool2d(x, 3, { stride: 2, padding: 1 }) as AnyTensor],
  ["avgPool2d", [[4, 3, 12, 10]], (x) => avgPool2d(x, 2) as AnyTensor],
  ["avgPool2d that overlaps", [[4, 3, 11, 9]], (x) => avgPool2d(x, 3, { stride: 2, padding: 1 }) as AnyTensor],
  ["avgPool1d", [[4, 30]], (x) => avgPool1d(x, 4, { stride: 3, ceilMode: true }) as AnyTensor],
  ["avgPool3d", [[2, 2, 4, 6, 5]], (x) => avgPool3d(x, 2) as AnyTensor],
  ["adaptiveAvgPool2d", [[2, 3, 9, 7]], (x) => adaptiveAvgPool2d(x, [3, 4]) as AnyTensor],
  ["adaptiveAvgPool2d to one", [[2, 8, 7, 7]], (x) => adaptiveAvgPool2d(x, 1) as AnyTensor],
];

const numbersOf = (tree: unknown): number[] =>
  treeLeaves(tree).flatMap(({ value }) => (isTensor(value) ? [...value.data()] : []));

/** The result, and the gradients of a weighted sum of it by all arguments. */
const everything =
  (f: (...args: AnyTensor[]) => AnyTensor) =>
  (args: readonly AnyTensor[], weights: AnyTensor): unknown => {
    const weighted = (all: readonly AnyTensor[]): AnyTensor => sum(mul(f(...all), weights)) as AnyTensor;
    return { result: f(...args), gradients: grad(weighted as never)(args as never) };
  };

function drawn(
  shapes: readonly (readonly number[])[],
  dtype: Floats,
  f: (...args: AnyTensor[]) => AnyTensor,
): [AnyTensor[], AnyTensor] {
  const keys = splitKey(key(7), shapes.length + 1);
  const args = shapes.map((shape, i) => normal(keys[i]!, shape, { dtype }) as AnyTensor);
  return [args, normal(keys.at(-1)!, f(...args).shape, { dtype }) as AnyTensor];
}

describe.each(["float32", "float64"] as const)("%s", (dtype) => {
  test.each(cases)("%s", (name, shapes, f) => {
    const [args, weights] = drawn(shapes, dtype, f);
    const plain = everything(f);
    const compiled = compile(plain);
    const [expected, actual] = [numbersOf(plain(args, weights)), numbersOf(compiled(args, weights))];
    const scale = Math.max(1, ...expected.map(Math.abs));
    expect(actual.length).toBe(expected.length);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
    expect(worst / scale).toBeLessThan(dtype === "float32" ? 2 ** -20 : 1e-12);
    const onHost = compiled.explanation().units.filter(({ way }) => way === "host");
    // Pools of float64 are eager operations.
    if (dtype === "float32" || !name.startsWith("maxPool"))
      expect(onHost.flatMap(({ operations }) => operations)).toEqual([]);
  });
});

test("what is not finite stays where kernels read it", () => {
  const kinds = (numbers: readonly number[]): string[] => numbers.map((x) => (Number.isFinite(x) ? "finite" : `${x}`));
  const f = (x: AnyTensor, w: AnyTensor): AnyTensor => conv(x, w, null, { padding: 1 });
  const [[x, w], weights] = drawn(
    [
      [9, 8, 7, 9],
      [8, 8, 3, 3],
    ],
    "float32",
    f,
  ) as [[AnyTensor, AnyTensor], AnyTensor];
  const plain = everything(f);
  const compiled = compile(plain);
  compiled([x, w], weights);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 3e38]) {
    const spoilt = tensor(
      [...x.data()].map((own, i) => (i === 37 ? value : own)),
      { dtype: "float32", shape: [9, 8, 7, 9] },
    ) as AnyTensor;
    expect(kinds(numbersOf(compiled([spoilt, w], weights)))).toEqual(kinds(numbersOf(plain([spoilt, w], weights))));
  }
  expect(compiled.traces).toHaveLength(1);
});
