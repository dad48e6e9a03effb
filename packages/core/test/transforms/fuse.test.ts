import { describe, expect, test, vi } from "vitest";
import {
  type AnyTensor,
  abstract,
  add,
  allClose,
  div,
  exp,
  fuse,
  grad,
  key,
  maximum,
  mul,
  normal,
  record,
  sqrt,
  sub,
  sum,
  tanh,
  tensor,
} from "../../src/index.ts";

type Slots = { readonly m: AnyTensor; readonly v: AnyTensor };
/** Something like an optimizer's update. */
const update = (p: AnyTensor, g: AnyTensor, { m, v }: Slots, rate: AnyTensor, beta: number) => {
  const nextM = add(mul(m, beta), mul(g, 1 - beta)) as AnyTensor;
  const nextV = add(mul(v, beta), mul(mul(g, g), 1 - beta)) as AnyTensor;
  return {
    p: sub(p, mul(div(nextM, add(sqrt(nextV), 1e-8)), rate)) as AnyTensor,
    slots: { m: nextM, v: nextV },
    name: "update",
  };
};

describe.each(["float32", "float64"] as const)("fuse, in %s,", (dtype) => {
  const draw = (seed: number, shape: number[] = [70, 90]): AnyTensor =>
    normal(key(seed), shape, { dtype }) as AnyTensor;
  const rate = tensor(0.01, { dtype }) as AnyTensor;
  const close = (a: AnyTensor, b: AnyTensor): boolean =>
    allClose(a, b, { rtol: dtype === "float32" ? 1e-5 : 1e-13, atol: 1e-6 });

  test("gives what the function gives, as a tree, call after call", () => {
    const fused = fuse(update);
    for (let i = 0; i < 4; i++) {
      const args = [
        draw(i),
        draw(10 + i),
        { m: draw(20 + i), v: mul(draw(30 + i), draw(30 + i)) as AnyTensor },
        rate,
        0.9,
      ] as const;
      const [mine, plain] = [fused(...args), update(...args)];
      expect([mine.name, mine.p.shape, mine.p.dtype]).toEqual(["update", [70, 90], dtype]);
      expect(close(mine.p, plain.p) && close(mine.slots.m, plain.slots.m) && close(mine.slots.v, plain.slots.v)).toBe(
        true,
      );
    }
  });

  test("calls the function once for all arguments of one kind, and again for other shapes and other numbers", () => {
    const spy = vi.fn((x: AnyTensor, factor: number) => tanh(mul(x, factor)) as AnyTensor);
    const fused = fuse(spy);
    for (let i = 0; i < 3; i++) fused(draw(i), 2);
    expect(spy).toHaveBeenCalledTimes(1);
    expect(close(fused(draw(1), 3), tanh(mul(draw(1), 3)) as AnyTensor)).toBe(true);
    expect(close(fused(draw(1, [9000]), 3), tanh(mul(draw(1, [9000]), 3)) as AnyTensor)).toBe(true);
    expect(spy).toHaveBeenCalledTimes(3);
  });

  test("tells one tensor given twice from two", () => {
    const fused = fuse((a: AnyTensor, b: AnyTensor) => sub(a, b) as AnyTensor);
    const [x, y] = [draw(1), draw(2)];
    expect(close(fused(x, x), sub(x, x) as AnyTensor)).toBe(true);
    expect(close(fused(x, y), sub(x, y) as AnyTensor)).toBe(true);
    expect(close(fused(x, x), sub(x, x) as AnyTensor)).toBe(true);
  });

  test("simply runs where there is no chain: reductions, other shapes, small tensors, abstract ones", () => {
    const total = fuse((x: AnyTensor) => sum(exp(x)) as AnyTensor);
    expect(close(total(draw(1)), sum(exp(draw(1))) as AnyTensor)).toBe(true);
    const rows = fuse((x: AnyTensor, row: AnyTensor) => maximum(x, row) as AnyTensor);
    expect(close(rows(draw(1), draw(2, [90])), maximum(draw(1), draw(2, [90])) as AnyTensor)).toBe(true);
    const twice = fuse((x: AnyTensor) => add(x, x) as AnyTensor);
    expect(twice(tensor([1, 2], { dtype }) as AnyTensor).toArray()).toEqual([2, 4]);
    expect(twice(abstract([70, 90], dtype) as AnyTensor).isAbstract).toBe(true);
  });

  test("is recorded as the operations of the function, and differentiated through them", () => {
    const fused = fuse((x: AnyTensor) => tanh(mul(x, x)) as AnyTensor);
    fused(draw(1));
    expect(record((x: AnyTensor) => fused(x))(draw(1)).tape.entries.map(({ operation }) => operation.name)).toEqual([
      "mul",
      "tanh",
    ]);
    const plain = grad((x: AnyTensor) => sum(tanh(mul(x, x))))(draw(1)) as AnyTensor;
    expect(close(grad((x: AnyTensor) => sum(fused(x)))(draw(1)) as AnyTensor, plain)).toBe(true);
  });
});
