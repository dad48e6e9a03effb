import { describe, expect, test } from "vitest";
import {
  adopt,
  arange,
  eye,
  full,
  fullLike,
  linspace,
  ones,
  onesLike,
  tensor,
  zeros,
  zerosLike,
} from "../src/index.ts";

describe("tensor", () => {
  test.each([
    [7, [], "float32"],
    [[1, 2], [2], "float32"],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
      "float32",
    ],
    [[[], []], [2, 0], "float32"],
    [[], [0], "float32"],
    [true, [], "bool"],
    [[[true], [false]], [2, 1], "bool"],
  ])("of %j has shape %j and dtype %s", (values, shape, dtype) => {
    const x = tensor(values as number[]);
    expect(x.shape).toEqual(shape);
    expect(x.dtype).toBe(dtype);
    expect(x.toArray()).toEqual(values);
  });

  test("of a typed array keeps its dtype and copies it", () => {
    const values = new Float64Array([1, 2, 3, 4]);
    const x = tensor(values, { shape: [2, 2] });
    values[0] = 9;
    expect(x.dtype).toBe("float64");
    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(new Int32Array([1])).dtype).toBe("int32");
    expect(tensor(new Uint8Array([1])).dtype).toBe("uint8");
    expect(tensor(new Float32Array([1])).dtype).toBe("float32");
    expect(tensor(new Int32Array([0, 5]), { dtype: "float32" }).toArray()).toEqual([0, 5]);
  });

  test("keeps NaN and infinities as they are", () => {
    expect(tensor([Number.NaN, Number.POSITIVE_INFINITY, -0]).toArray()).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -0,
    ]);
  });

  test.each([
    [[[1, 2], [3]], "tensor: values[0] has shape [2] and values[1] [1]; all rows must be alike"],
    [[1, [2]], "tensor: values[0] has shape [] and values[1] [1]; all rows must be alike"],
    [["a"], "tensor: values[0] is of type string; give numbers, booleans, nested arrays or a typed array"],
    [[null], "tensor: values[0] is null"],
    [undefined, "tensor: values is undefined"],
  ])("of %j is refused", (values, message) => {
    expect(() => tensor(values as never)).toThrow(message);
  });

  test("refuses what the dtype or shape cannot hold", () => {
    expect(() => tensor([1.5], { dtype: "int32" })).toThrow(
      "tensor: 1.5 does not fit int32; give another dtype, or round first",
    );
    expect(() => tensor([300], { dtype: "uint8" })).toThrow("tensor: 300 does not fit uint8");
    expect(() => tensor([2], { dtype: "bool" })).toThrow("tensor: 2 does not fit bool");
    expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow("tensor: 3 elements do not fill [2, 2]; it has 4");
    expect(() => tensor([1], { shape: [-1] })).toThrow(
      "tensor: [-1] is no shape; give whole numbers that are 0 or more",
    );
    expect(() => tensor([1], { dtype: "float16" as never })).toThrow(
      'tensor: "float16" is no dtype; use one of bool, uint8',
    );
    expect(() => tensor(new Uint16Array(2) as never)).toThrow("tensor: a Uint16Array has no dtype here");
  });
});

test("adopt takes an array without a copy", () => {
  const values = new Float32Array([1, 2, 3, 4]);
  const x = adopt(values, [2, 2]);
  values[0] = 9;
  expect(x.toArray()).toEqual([
    [9, 2],
    [3, 4],
  ]);
  expect(() => adopt(values, [3])).toThrow("adopt: 4 elements do not fill [3]");
  expect(() => adopt(new Uint16Array(2) as never)).toThrow("adopt: this array has no dtype here");
});

test("zeros, ones, full and their like-variants", () => {
  expect(zeros([2, 2]).toArray()).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(ones([2], { dtype: "int32" }).dtype).toBe("int32");
  expect(full([], 7).item()).toBe(7);
  expect(full([2], true, { dtype: "bool" }).toArray()).toEqual([true, true]);
  const like = tensor([[1, 2]], { dtype: "float64" });
  for (const x of [zerosLike(like), onesLike(like), fullLike(like, 3)]) {
    expect(x.shape).toEqual([1, 2]);
    expect(x.dtype).toBe("float64");
  }
  expect(() => full([2], 0.5, { dtype: "int32" })).toThrow("full: 0.5 does not fit int32");
  expect(() => zeros([1.5])).toThrow("[1.5] is no shape");
});

test("a Buffer, whose slice is no copy, is copied all the same", () => {
  const bytes = Buffer.from([1, 2, 3]);
  const x = tensor(bytes);
  bytes[0] = 99;
  expect(x.toArray()).toEqual([1, 2, 3]);
  const adopted = adopt(Buffer.from([1, 2, 3]));
  adopted.data()[0] = 77;
  expect(adopted.toArray()).toEqual([1, 2, 3]);
});

test.each([
  ["a dtype that is none", () => eye(2, 2, { dtype: "float16" as never }), 'eye: "float16" is no dtype'],
  [
    "whole numbers between whole ends",
    () => linspace(0, 1, 3, { dtype: "int32" as never }),
    "linspace: int32 holds no fractions",
  ],
  ["an infinite end", () => linspace(0, Number.POSITIVE_INFINITY, 3), "linspace: no numbers from 0 to Infinity"],
  ["fractions in whole numbers", () => arange(0, 1, 0.25, { dtype: "int32" }), "arange: 0.25 does not fit int32"],
  [
    "options in the place of a number",
    () => arange(3, { dtype: "int32" } as never),
    "arange: the second argument is no number; options come last, as in arange(0, 3, 1, { dtype",
  ],
  ["numbers beyond the dtype", () => arange(254, 258, 1, { dtype: "uint8" }), "arange: 257 does not fit uint8"],
  ["a value that is no number", () => full([2], "a" as never), "full: the value is of type string"],
  ["no value", () => (full as (shape: number[]) => unknown)([2]), "full: the value is of type undefined"],
  [
    "a size instead of a shape",
    () => zeros(3 as never),
    "zeros: number 3 is no shape; give an array of sizes, as in [2, 3]",
  ],
  [
    "a dtype instead of options",
    () => zeros([2], "float64" as never),
    "zeros: the options are float64; give an object of dtype",
  ],
  [
    "an option misspelled",
    () => zeros([2], { dtpe: "float64" } as never),
    'zeros: there is no option "dtpe"; use dtype',
  ],
  ["more than memory holds", () => zeros([1e6, 1e6]), "zeros: [1000000, 1000000] has 1000000000000 elements"],
  [
    "tensors in an array",
    () => tensor([zeros([2])] as never),
    "tensor: values[0] is a tensor; join tensors with stack or concat",
  ],
])("%s is refused", (_, make, message) => {
  expect(make).toThrow(message);
});

test("a shape that is changed afterwards does not change the tensor", () => {
  const shape = [2, 3];
  const x = zeros(shape);
  shape[0] = 99;
  expect(x.shape).toEqual([2, 3]);
});

test("arange", () => {
  expect(arange(3).toArray()).toEqual([0, 1, 2]);
  expect(arange(3).dtype).toBe("int32");
  expect(arange(1, 2, 0.25).toArray()).toEqual([1, 1.25, 1.5, 1.75]);
  expect(arange(3, 0, -1).toArray()).toEqual([3, 2, 1]);
  expect(arange(0).shape).toEqual([0]);
  expect(arange(0, 2, 1, { dtype: "float64" }).dtype).toBe("float64");
  expect(() => arange(0, 1, 0)).toThrow(
    "arange: no numbers from 0 to 1 by 0; give finite bounds and a step other than 0",
  );
  expect(() => arange(Number.NaN)).toThrow("arange: no numbers");
});

test("linspace holds both ends exactly", () => {
  expect(linspace(0, 1, 3).toArray()).toEqual([0, 0.5, 1]);
  expect(linspace(5, 9, 1).toArray()).toEqual([5]);
  expect(linspace(0, 1, 0).shape).toEqual([0]);
  expect(linspace(0.1, 0.7, 7, { dtype: "float64" }).data()[6]).toBe(0.7);
  expect(() => linspace(0, 1, -1)).toThrow("linspace: the count is -1; give a whole number");
});

test("eye", () => {
  expect(eye(2).toArray()).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(eye(2, 3).toArray()).toEqual([
    [1, 0, 0],
    [0, 1, 0],
  ]);
  expect(eye(0).shape).toEqual([0, 0]);
});
