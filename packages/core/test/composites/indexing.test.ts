import { describe, expect, test } from "vitest";
import {
  AbstractValueError,
  type AnyTensor,
  arange,
  checkpoint,
  grad,
  greater,
  maskedSelect,
  mul,
  ones,
  record,
  square,
  sum,
  tensor,
  vmap,
} from "../../src/index.ts";

const positive = (x: AnyTensor): AnyTensor => maskedSelect(x, greater(x, 0));

describe("maskedSelect", () => {
  const x = tensor(
    [
      [1, -2],
      [3, 0],
    ],
    { dtype: "float64" },
  ) as AnyTensor;

  test("takes the elements where the mask is true, row-major, and gives gradients to these", () => {
    expect(positive(x).toArray()).toEqual([1, 3]);
    expect(positive(mul(x, 0) as AnyTensor).toArray()).toEqual([]);
    expect(grad((at: AnyTensor) => sum(square(positive(at))))(x).toArray()).toEqual([
      [2, 0],
      [6, 0],
    ]);
  });

  test("of many elements takes no longer for each", () => {
    const many = arange(200_000) as AnyTensor;
    expect(positive(many).size).toBe(199_999);
  });

  test("has no shape while a function is traced, and says so", () => {
    for (const f of [() => vmap(positive)(x), () => checkpoint(positive)(x)]) {
      expect(f).toThrow(AbstractValueError);
      expect(f).toThrow(
        /^maskedSelect: how many elements of \[.*\] it takes depends on the values of the mask.*; use where or maskedFill/,
      );
    }
  });

  test("makes a tape that cannot be replayed", () => {
    expect(() => record(positive)(x).replay(ones([2, 2], { dtype: "float64" }) as AnyTensor)).toThrow(
      /replay: the function called data\(\)/,
    );
  });
});
