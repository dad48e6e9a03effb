import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abs,
  add,
  argmax,
  argmin,
  cast,
  compile,
  equal,
  exp,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  oneHot,
  relu,
  sign,
  sub,
  sum,
  tensor,
  where,
} from "../../src/index.ts";

// Integers stand in groups beside floats, with the bits of eager operations.

type Loose = (...args: readonly AnyTensor[]) => AnyTensor;
const loose = (f: unknown): Loose => f as Loose;
const to = (dtype: "bool" | "int32" | "float32") => (x: AnyTensor) => cast(x as never, dtype) as unknown as AnyTensor;

const edges = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1, -(2 ** 24) - 3, 46341, 94906267, 2 ** 30];
const ints = fc.oneof(fc.constantFrom(...edges), fc.integer(), fc.integer({ min: -3, max: 3 }));
const floats = fc.oneof(
  fc.float(),
  fc.constantFrom(Number.NaN, -0, 0.5, -1.75, 2 ** 31, -(2 ** 31), 3e9, -1e30, Number.NEGATIVE_INFINITY, 1e-45),
);
const sizes = fc.constantFrom(0, 1, 2, 4, 7, 33);

/** The same in both ways, to the last bit, and nothing by JavaScript. */
function check(f: Loose, ...args: readonly AnyTensor[]): void {
  const compiled = compile(f as never) as unknown as Loose & {
    explanation(): { units: readonly { way: string }[] };
  };
  const [expected, actual] = [f(...args), compiled(...args)];
  expect(actual.dtype).toBe(expected.dtype);
  expect(actual.data()).toEqual(expected.data());
  if (expected.size > 0) expect(compiled.explanation().units.map(({ way }) => way)).not.toContain("host");
}

const vector = (dtype: "int32" | "float32", values: fc.Arbitrary<number>) =>
  sizes.chain((size) =>
    fc
      .array(values, { minLength: size, maxLength: size })
      .map((all) => tensor(all, { shape: [size], dtype } as never) as unknown as AnyTensor),
  );
const pair = sizes.chain((size) =>
  fc.tuple(
    ...[0, 1].map(() => fc.array(ints, { minLength: size, maxLength: size }).map((all) => Int32Array.from(all))),
  ),
);
const settings = { numRuns: 30 };

describe("operations of int32", () => {
  const binary = { add, sub, mul, maximum, minimum, equal, notEqual, less, lessEqual, greater, greaterEqual };
  test.each(Object.entries(binary))("%s", (_, f) => {
    fc.assert(
      fc.property(pair, ([a, b]) => check(loose(f), ...[a!, b!].map((x) => tensor(x) as unknown as AnyTensor))),
      settings,
    );
    const grid = tensor([edges, edges.toReversed()], { dtype: "int32" }) as unknown as AnyTensor;
    // Operands that are read by rows, and numbers.
    for (const other of [[edges], [[46341], [-7]], 3, 94906267])
      check(loose(f), grid, tensor(other as never, { dtype: "int32" }) as unknown as AnyTensor);
    for (const number of [3, -1]) check((x) => loose(f)(x!, number as never), grid);
  });

  test.each(Object.entries({ neg, abs, sign, relu }))("%s", (_, f) => {
    fc.assert(
      fc.property(vector("int32", ints), (x) => check(loose(f), x)),
      settings,
    );
  });
});

test.each([
  ["int32", "float32", ints],
  ["int32", "bool", ints],
  ["float32", "int32", floats],
  ["float32", "bool", floats],
] as const)("casts from %s to %s", (from, dtype, values) => {
  fc.assert(
    fc.property(vector(from, values), (x) => check(to(dtype), x)),
    settings,
  );
});

test("integers, floats and bools in one group", () => {
  const f: Loose = (x, i) => {
    const isSmall = loose(less)(i!, tensor(3, { dtype: "int32" }) as never);
    const chosen = loose(where)(isSmall, i!, loose(neg)(i!));
    const counted = loose(mul)(to("float32")(chosen), to("float32")(to("int32")(isSmall)));
    return loose(sum)(loose(add)(loose(exp)(x!), counted), -1 as never);
  };
  const x = tensor([[0.5, -1, 0.25, 2, 0, 1, -3]], { dtype: "float32" }) as unknown as AnyTensor;
  const i = tensor([[1, 2, 3, 4, 5, -6, 7]], { dtype: "int32" }) as unknown as AnyTensor;
  const compiled = compile(f as never) as unknown as Loose;
  expect(Number(compiled(x, i).data()[0])).toBeCloseTo(Number(f(x, i).data()[0]), 4);
  const { units } = (compiled as unknown as { explanation(): { units: readonly { way: string }[] } }).explanation();
  expect(units.map(({ way }) => way)).toEqual(["fused"]);
});

test("a choice between values of two dtypes is in that of the result", () => {
  const f: Loose = (c, a, b) => loose(where)(c!, a!, b!);
  const c = tensor([true, false, true, false, true]) as unknown as AnyTensor;
  const i = tensor([1, 2, 3, 4, 5], { dtype: "int32" }) as unknown as AnyTensor;
  const x = tensor([0.5, 1.5, 2.5, 3.5, 4.5], { dtype: "float32" }) as unknown as AnyTensor;
  for (const [a, b] of [
    [i, x],
    [c, x],
    [c, i],
  ] as const) {
    const compiled = compile(f as never) as unknown as Loose;
    expect(compiled(c, a, b).data()).toEqual(f(c, a, b).data());
  }
});

test("positions of extremes, compared with labels, and labels as vectors", () => {
  const x = tensor([3, Number.NaN, 1, 5, 5, -2, -1, -7, -7, 0, -0, 0], { shape: [4, 3], dtype: "float32" } as never);
  const labels = tensor([1, 0, 1, 2], { dtype: "int32" }) as unknown as AnyTensor;
  for (const axis of [0, 1, -1])
    for (const own of [argmax, argmin]) check((x) => loose(own)(x!, axis as never), x as unknown as AnyTensor);
  check((x, labels) => to("float32")(loose(equal)(loose(argmax)(x!, 1 as never), labels!)), x as never, labels);
  for (const dtype of ["float32", "int32"])
    check((labels) => loose(oneHot)(labels!, 3 as never, { dtype } as never), labels);
});

test("a compiled program refuses a label that is no class", () => {
  const compiled = compile(((labels: AnyTensor) => loose(oneHot)(labels, 3 as never)) as never) as unknown as Loose;
  const labels = (...values: number[]) => tensor(values, { dtype: "int32" }) as unknown as AnyTensor;
  expect([...compiled(labels(2, 0)).data()]).toEqual([0, 0, 1, 1, 0, 0]);
  for (const bad of [3, -1])
    expect(() => compiled(labels(0, bad))).toThrow(`oneHot: index ${bad} is none of 3 classes; use 0 to 2`);
  expect([...compiled(labels(1, 1)).data()]).toEqual([0, 1, 0, 0, 1, 0]);
});
