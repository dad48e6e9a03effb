import { describe, expect, test } from "vitest";
import * as tg from "../src/index.ts";
import { type Tensor, tensor } from "../src/index.ts";

/** Compiles only when two types are the same. */
const same = <A>() => ({
  as: <B>(_: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false) => undefined,
});

describe("methods are the functions, applied to the tensor", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  test("they chain, and shapes follow at compile time", () => {
    const y = x
      .mul(2)
      .add(tensor([1, 1, 1]))
      .relu()
      .sum(1)
      .div(2);
    expect(y.toArray()).toEqual([7.5, 16.5]);
    same<typeof y>().as<Tensor<readonly [2], "float32">>(true);
    const product = x.matmul(x, { transposeB: true });
    expect(product.toArray()).toEqual([
      [14, 32],
      [32, 77],
    ]);
    same<typeof product>().as<Tensor<readonly [2, 2], "float32">>(true);
    const flipped = x
      .transpose()
      .slice([[0, 2]])
      .reshape([-1]);
    expect(flipped.toArray()).toEqual([1, 4, 2, 5]);
  });

  test("wrong shapes are errors at compile time and at run time", () => {
    // @ts-expect-error - [2, 3] and [2] do not broadcast
    expect(() => x.add(tensor([1, 2]))).toThrow("add: [2, 3] and [2] do not broadcast");
    // @ts-expect-error - [2, 3] has no axis 2
    expect(() => x.sum(2)).toThrow("sum: [2, 3] has no axis 2");
    // @ts-expect-error - inner dimensions differ
    expect(() => x.matmul(x)).toThrow("matmul: inner dimensions of [2, 3] and [2, 3] differ");
  });

  test("every method gives what its function gives", () => {
    const names = Object.getOwnPropertyNames(tg.Tensor.prototype).filter((name) =>
      tg.isChecked((tg as Record<string, unknown>)[name]),
    );
    expect(names.length).toBeGreaterThan(40);
    const extra: Record<string, unknown[]> = {
      broadcastTo: [[2, 2, 3]],
      cast: ["int32"],
      clamp: [2, 4],
      expandDims: [0],
      reshape: [[3, 2]],
      slice: [[1]],
      take: [tensor([1], { dtype: "int32" })],
      matmul: [x, { transposeB: true }],
    };
    for (const name of names) {
      const f = (tg as unknown as Record<string, (...args: unknown[]) => Tensor>)[name]!;
      const binary =
        /^(add|sub|mul|div|power|maximum|minimum|equal|notEqual|less|lessEqual|greater|greaterEqual)$/.test(name);
      const args = extra[name] ?? (binary ? [3] : []);
      const method = (x as unknown as Record<string, (...args: unknown[]) => Tensor>)[name]!;
      expect(method.apply(x, args).toArray(), name).toEqual(f(x, ...args).toArray());
    }
  });
});
