import { describe, expect, test } from "vitest";
import { sizeOf } from "../src/shape.ts";
import { showNumber, showValues } from "../src/show-values.ts";

describe("numbers", () => {
  test.each([
    [16777216, "16777216"],
    [-16777215, "-16777215"],
    [123456792, "1.23457e+8"],
    [1e30, "1e+30"],
    [0.10000000149011612, "0.1"],
    [1 / 3, "0.333333"],
    [16777.5, "16777.5"],
    [123456.5, "123456.5"],
    [0.0001, "0.0001"],
    [1.25e-5, "1.25e-5"],
    [0, "0"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("%s of float32 is printed %s", (value, text) => expect(showNumber(value, "float32")).toBe(text));

  test.each([
    [4294967296, "4294967296"],
    [2 ** 53, "9007199254740992"],
    [2 ** 54, "1.8014399e+16"],
    [1 / 3, "0.33333333"],
    [123456789.5, "123456789.5"],
    [100000.25, "100000.25"],
    [1200, "1200"],
  ])("%s of float64 is printed %s", (value, text) => expect(showNumber(value, "float64")).toBe(text));

  test("integers and bools are never rounded", () => {
    expect(showNumber(-2147483648, "int32")).toBe("-2147483648");
    expect(showNumber(1, "bool")).toBe("true");
  });
});

/** What is printed for 0, 1, 2, ... in a shape. */
const counting = (...shape: number[]): string =>
  showValues(
    Int32Array.from({ length: sizeOf(shape) }, (_, i) => i),
    shape,
    "int32",
  );
const zeros = (...shape: number[]): string => showValues(new Float32Array(sizeOf(shape)), shape, "float32");

describe("layout", () => {
  test("scalars, vectors and small matrices are on one line", () => {
    expect(counting()).toBe("0");
    expect(counting(10)).toBe("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]");
    expect(counting(2, 3)).toBe("[[0, 1, 2], [3, 4, 5]]");
    expect(counting(0, 3)).toBe("[]");
  });

  test("each row of a matrix has a line, with its elements aligned", () => {
    const values = new Float32Array([1, 2.5, -3, 1000, 0, 0.25]);
    expect(showValues(values, [2, 3], "float32")).toBe("[[   1,  2.5,   -3],\n [1000,    0, 0.25]]");
  });

  test("a blank line stands between matrices", () => {
    expect(counting(2, 2, 3)).toBe("[[[ 0,  1,  2],\n  [ 3,  4,  5]],\n\n [[ 6,  7,  8],\n  [ 9, 10, 11]]]");
  });

  test("long axes are printed as their ends", () => {
    expect(counting(11)).toBe("[0, 1, 2, ..., 8, 9, 10]");
    expect(counting(12, 2).split("\n")).toEqual([
      "[[ 0,  1],",
      " [ 2,  3],",
      " [ 4,  5],",
      " ...,",
      " [18, 19],",
      " [20, 21],",
      " [22, 23]]",
    ]);
  });

  test("no more than 1000 elements are printed", () => {
    const shown = (text: string): number => text.match(/0/g)!.length;
    expect(shown(zeros(10, 10, 10))).toBe(1000);
    expect(shown(zeros(8, 8, 8, 8))).toBe(4 ** 4);
    expect(shown(zeros(3, 3, 3, 3, 3, 3, 3, 3, 3, 3))).toBe(1);
    expect(shown(zeros(1000, 1000))).toBe(36);
  });
});
