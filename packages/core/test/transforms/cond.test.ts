import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abstract,
  add,
  allClose,
  cond,
  exp,
  grad,
  greater,
  hessian,
  jvp,
  log,
  mul,
  neg,
  ones,
  record,
  sin,
  stack,
  sum,
  tensor,
  vmap,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const scalar = (value: number): AnyTensor => tensor(value, f64) as AnyTensor;
const f = (x: AnyTensor): AnyTensor =>
  cond(
    greater(x, 0),
    (at) => mul(log(at), at) as AnyTensor,
    (at) => sin(at) as AnyTensor,
    x,
  );

describe("cond", () => {
  test("runs, and differentiates, the branch that the predicate names", () => {
    expect(f(scalar(2)).item()).toBeCloseTo(2 * Math.log(2), 14);
    expect(f(scalar(-1)).item()).toBe(Math.sin(-1));
    expect(grad(f)(scalar(2)).item()).toBeCloseTo(Math.log(2) + 1, 14);
    expect(grad(f)(scalar(-1)).item()).toBeCloseTo(Math.cos(-1), 14);
    expect(hessian(f)(scalar(2)).item()).toBeCloseTo(1 / 2, 14);
    expect(grad(grad(grad(f)))(scalar(-1)).item()).toBeCloseTo(-Math.cos(-1), 14);
    expect(jvp(f)(scalar(2), scalar(3) as never).tangent.item()).toBeCloseTo(3 * (Math.log(2) + 1), 14);
  });

  test("differentiates by what its branches close over", () => {
    const at = (predicate: boolean) =>
      grad(({ a, b }: { a: AnyTensor; b: AnyTensor }) =>
        cond(
          predicate,
          () => mul(a, b) as AnyTensor,
          () => exp(b) as AnyTensor,
        ),
      )({ a: scalar(3), b: scalar(1) });
    expect([at(true).a.item(), at(true).b.item()]).toEqual([1, 3]);
    expect([at(false).a.item(), at(false).b.item()]).toEqual([0, Math.E]);
  });

  test("takes the other branch when it is replayed", () => {
    const { replay } = record(f)(scalar(2));
    expect(replay(scalar(-1)).item()).toBe(Math.sin(-1));
    const gradient = record((x: AnyTensor) => grad(f)(x))(scalar(2));
    expect(gradient.replay(scalar(-1)).item()).toBeCloseTo(Math.cos(-1), 14);
  });

  test("runs both branches where each example has a predicate of its own", () => {
    const xs = tensor([2, -1, 0.5, -3], f64) as AnyTensor;
    const each = (g: (x: AnyTensor) => AnyTensor): AnyTensor =>
      stack([2, -1, 0.5, -3].map((x) => g(scalar(x)))) as AnyTensor;
    expect(allClose(vmap(f)(xs), each(f))).toBe(true);
    // The branch not taken is log of a negative number: no NaN comes out of it.
    expect(
      allClose(
        vmap((x: AnyTensor) => grad(f)(x))(xs),
        each((x) => grad(f)(x) as AnyTensor),
      ),
    ).toBe(true);
    expect(
      allClose(
        grad((all: AnyTensor) => sum(vmap(f)(all)))(xs),
        each((x) => grad(f)(x) as AnyTensor),
      ),
    ).toBe(true);
    const shared = vmap((x: AnyTensor) =>
      cond(
        tensor(true),
        (at) => mul(at, 2) as AnyTensor,
        (at) => neg(at) as AnyTensor,
        x,
      ),
    )(xs);
    expect(shared.toArray()).toEqual([4, -2, 1, -6]);
  });

  test("takes and returns trees, and runs on abstract values", () => {
    const swap = (p: AnyTensor | boolean) =>
      cond(
        p as boolean,
        (t: { a: AnyTensor; b: AnyTensor }) => ({ b: t.a, a: t.b }),
        (t) => ({ b: add(t.b, 1) as AnyTensor, a: t.a }),
        { a: ones([2]) as AnyTensor, b: ones([2]) as AnyTensor },
      );
    expect(swap(false).b.toArray()).toEqual([2, 2]);
    expect(swap(abstract([], "bool")).a.isAbstract).toBe(true);
  });

  test("refuses branches that differ", () => {
    const p = tensor(true);
    expect(() =>
      cond(
        p,
        (x) => x,
        (x) => sum(x) as AnyTensor,
        ones([2]) as AnyTensor,
      ),
    ).toThrow("cond: one branch returns float32 [2], the other float32 []; return the same shapes from both");
    expect(() =>
      cond(
        p,
        (x) => x,
        (x) => greater(x, 0) as AnyTensor,
        ones([2]) as AnyTensor,
      ),
    ).toThrow("cond: one branch returns float32 [2], the other bool [2]; cast in one of them");
    expect(() =>
      cond(
        3 as never,
        (x) => x,
        (x) => x,
        ones([2]),
      ),
    ).toThrow("cond: the predicate is of type number");
    expect(() => cond(p, 3 as never, (x) => x, ones([2]))).toThrow(
      "cond: a branch is of type number; give two functions",
    );
  });
});
