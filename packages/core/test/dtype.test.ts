import { describe, expect, test } from "vitest";
import { allocate, allocateUnfilled, poisonUnfilled } from "../src/dtype.ts";
import {
  type AnyTensor,
  add,
  cast,
  type DType,
  div,
  dtypes,
  equal,
  exp,
  gather,
  maximum,
  mean,
  mul,
  ones,
  sum,
  tensor,
  where,
} from "../src/index.ts";

const loose = { add, mul, div, equal, maximum } as unknown as Record<
  string,
  (a: AnyTensor | number, b: AnyTensor | number) => AnyTensor
>;
const of = (dtype: DType): AnyTensor => ones([2], { dtype });

describe("promotion, one table", () => {
  const order: readonly DType[] = ["bool", "uint8", "int32", "float32", "float64"];
  const expected = (a: DType, b: DType): DType => {
    const later = order[Math.max(order.indexOf(a), order.indexOf(b))]!;
    return later === "bool" ? "int32" : later;
  };

  test.each(dtypes.flatMap((a) => dtypes.map((b) => [a, b] as const)))("%s with %s", (a, b) => {
    const floats = new Set([a, b].filter((dtype) => dtype.startsWith("float")));
    if (floats.size === 2) {
      expect(() => loose.add!(of(a), of(b))).toThrow(
        `add: ${a} and ${b} do not mix; cast one of them, as in cast(x, "${a}")`,
      );
      return;
    }
    expect(loose.add!(of(a), of(b)).dtype).toBe(expected(a, b));
    expect(loose.add!(of(a), of(b)).toArray()).toEqual([2, 2]);
    expect(loose.equal!(of(a), of(b)).dtype).toBe("bool");
  });

  test("numbers are weak: they take the tensor's dtype", () => {
    for (const dtype of ["uint8", "int32", "float32", "float64"] as const)
      expect(loose.mul!(of(dtype), 2).dtype).toBe(dtype);
    expect(loose.mul!(2, of("float64")).dtype).toBe("float64");
    expect(loose.mul!(of("bool"), 2).dtype).toBe("int32");
    expect(loose.add!(1, 2).dtype).toBe("float32");
    expect(() => loose.mul!(of("int32"), 0.5)).toThrow(
      'mul: 0.5 does not fit int32; cast the tensor, as in cast(x, "float32")',
    );
  });

  test("division and functions that leave the integers give float32", () => {
    expect(loose.div!(of("int32"), of("int32")).dtype).toBe("float32");
    expect(loose.div!(tensor([1, 3], { dtype: "int32" }), 2).toArray()).toEqual([0.5, 1.5]);
    expect(exp(of("uint8")).dtype).toBe("float32");
    expect(mean(tensor([1, 2], { dtype: "int32" })).item()).toBe(1.5);
  });

  test("sums of bool and uint8 are int32, so that counts do not overflow", () => {
    expect(sum(ones([300], { dtype: "bool" })).item()).toBe(300);
    expect(sum(ones([300], { dtype: "uint8" })).dtype).toBe("int32");
  });

  test("indices are int32", () => {
    expect(() => gather(ones([2]), ones([2]) as never, 0)).toThrow(
      'gather: indices are float32; cast them, as in cast(indices, "int32")',
    );
  });
});

test("cast truncates, saturates, and keeps what fits", () => {
  expect(cast(tensor([1.9, -1.9, 1e20, Number.NaN]), "int32").toArray()).toEqual([1, -1, 2147483647, 0]);
  expect(cast(tensor([0, 0.5, Number.NaN]), "bool").toArray()).toEqual([false, true, true]);
  expect(cast(tensor([true, false]), "float64").toArray()).toEqual([1, 0]);
  expect(cast(tensor([0.1], { dtype: "float64" }), "float32").data()[0]).toBe(Math.fround(0.1));
});

test("where takes the dtype of what it chooses between", () => {
  expect(where(tensor([true, false]), tensor([1, 2], { dtype: "int32" }), 0).dtype).toBe("int32");
  expect(where(tensor([true, false]), 1, 0).dtype).toBe("float32");
});

test("unfilled storage has its dtype and size, small or large, and tests can make it show", () => {
  for (const dtype of dtypes) {
    for (const size of [0, 3, 2_000_000]) {
      const storage = allocateUnfilled(dtype, size);
      expect(storage.constructor).toBe(allocate(dtype, 0).constructor);
      expect(storage).toHaveLength(size);
      expect(storage.buffer.byteLength).toBe(storage.byteLength);
    }
  }
  poisonUnfilled(true);
  try {
    expect([...allocateUnfilled("float32", 2)]).toEqual([Number.NaN, Number.NaN]);
    expect([...allocateUnfilled("int32", 1)]).toEqual([-1]);
  } finally {
    poisonUnfilled(false);
  }
});
