import { describe, expect, test } from "vitest";
import { allocate, type DType, type Storage } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { stored } from "./arbitraries.ts";

function casted(x: Storage, dtype: DType): number[] {
  const out = allocate(dtype, x.length);
  reference.cast(x, out, dtype);
  return Array.from(out);
}

const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY];
const floats = [0, -0, 0.5, -0.5, 1.9, -1.9, 255.5, 256, -1, 3e9, -3e9, 2147483647, -2147483648, inf, -inf, nan];

describe.each(["float32", "float64"] as const)("from %s", (from) => {
  const x = stored(from, floats);

  test("to int32 truncates and saturates; NaN is 0", () => {
    const most = 2147483647;
    const least = -2147483648;
    const out = [0, 0, 0, 0, 1, -1, 255, 256, -1, most, least, most, least, most, least, 0];
    expect(casted(x, "int32")).toEqual(out);
  });

  test("to uint8 truncates and saturates; NaN is 0", () => {
    expect(casted(x, "uint8")).toEqual([0, 0, 0, 0, 1, 0, 255, 255, 0, 255, 0, 255, 0, 255, 0, 0]);
  });

  test("to bool asks whether it is not 0, which NaN is not", () => {
    expect(casted(x, "bool")).toEqual(floats.map((value) => (value === 0 ? 0 : 1)));
  });

  test("to float64 and float32 keeps or rounds", () => {
    expect(casted(x, "float64")).toEqual(Array.from(x));
    expect(casted(x, "float32")).toEqual(Array.from(x, Math.fround));
  });
});

test("integers and booleans go to every dtype", () => {
  const x = Int32Array.of(0, 1, -1, 300, 16777217);
  expect(casted(x, "float64")).toEqual([0, 1, -1, 300, 16777217]);
  expect(casted(x, "float32")).toEqual([0, 1, -1, 300, 16777216]);
  expect(casted(x, "uint8")).toEqual([0, 1, 0, 255, 255]);
  expect(casted(x, "bool")).toEqual([0, 1, 1, 1, 1]);
  const flags = Uint8Array.of(0, 1);
  for (const dtype of ["bool", "uint8", "int32", "float32", "float64"] as const) {
    expect(casted(flags, dtype)).toEqual([0, 1]);
  }
  expect(casted(new Uint8Array(0), "float32")).toEqual([]);
});
