import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abs,
  abstract,
  add,
  allClose,
  cond,
  div,
  grad,
  greater,
  jacobian,
  jvp,
  less,
  mul,
  record,
  sub,
  tensor,
  vmap,
  whileLoop,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const scalar = (value: number): AnyTensor => tensor(value, f64) as AnyTensor;

/** Newton's iteration; the loop closes over its argument. */
const root = (a: AnyTensor): AnyTensor =>
  whileLoop(
    (x: AnyTensor) => greater(abs(sub(mul(x, x), a)), 1e-13),
    (x) => mul(add(x, div(a, x)), 0.5),
    scalar(1),
  );

type State = { readonly i: AnyTensor; readonly x: AnyTensor };
const doublings = (x: AnyTensor): State =>
  whileLoop(
    (s: State) => less(s.x, 100),
    (s) => ({ i: add(s.i, 1), x: mul(s.x, 2) }),
    { i: tensor(0, { dtype: "int32" }) as AnyTensor, x },
  );

describe("whileLoop", () => {
  test("repeats a step while a condition holds", () => {
    expect(root(scalar(2)).item()).toBeCloseTo(Math.SQRT2, 14);
    const { i, x } = doublings(scalar(3));
    expect([i.item(), x.item()]).toEqual([6, 192]);
    expect(doublings(scalar(1000)).i.item()).toBe(0);
  });

  test("is differentiated forward, again and again", () => {
    expect(jvp(root)(scalar(2), scalar(1) as never).tangent.item()).toBeCloseTo(1 / (2 * Math.SQRT2), 12);
    const slope = (a: AnyTensor): AnyTensor => jvp(root)(a, scalar(1) as never).tangent as AnyTensor;
    expect(jvp(slope)(scalar(2), scalar(1) as never).tangent.item()).toBeCloseTo(-1 / (4 * 2 ** 1.5), 10);
    expect(jacobian((x: AnyTensor) => doublings(x).x, { mode: "forward" })(scalar(3)).item()).toBe(64);
  });

  test("goes on until the last of several examples is done", () => {
    const xs = tensor([3, 60, 1000, 99], f64) as AnyTensor;
    const { i, x } = vmap(doublings)(xs);
    expect([i.toArray(), x.toArray()]).toEqual([
      [6, 1, 0, 1],
      [192, 120, 1000, 198],
    ]);
    const roots = vmap(root)(tensor([1, 2, 9], f64) as AnyTensor);
    expect(allClose(roots, tensor([1, Math.SQRT2, 3], f64))).toBe(true);
    const slopes = vmap((a: AnyTensor) => jvp(root)(a, scalar(1) as never).tangent as AnyTensor)(
      tensor([2.25, 4, 9], f64) as AnyTensor,
    );
    expect(allClose(slopes, tensor([1 / 3, 1 / 4, 1 / 6], f64))).toBe(true);
  });

  test("is replayed with as many steps as the new values need", () => {
    const { replay, tape } = record((x: AnyTensor) => doublings(x).i)(scalar(3));
    expect(tape.entries).toHaveLength(1);
    expect(replay(scalar(1)).item()).toBe(7);
  });

  test("runs on abstract values, and in a branch", () => {
    expect(doublings(abstract([], "float64") as AnyTensor).x.isAbstract).toBe(true);
    expect(
      cond(
        true,
        (a) => root(a),
        (a) => a,
        scalar(4),
      ).item(),
    ).toBeCloseTo(2, 12);
  });

  test("has no reverse mode, and says what to do", () => {
    expect(() => grad(root)(scalar(2))).toThrow(
      "whileLoop: it has no reverse mode, because how many steps there are is not known before they are made; use scan with a fixed number of steps, or forward mode",
    );
    // Unless nothing depends on it.
    expect(grad((x: AnyTensor) => mul(x, doublings(x).i))(scalar(3)).item()).toBe(6);
  });

  test("refuses conditions and steps that do not fit", () => {
    expect(() =>
      whileLoop(
        (x: AnyTensor) => x,
        (x) => x,
        scalar(1),
      ),
    ).toThrow("whileLoop: the predicate is float64, not bool");
    expect(() =>
      whileLoop(
        (x: AnyTensor) => less(x, 1),
        (x) => add(x, tensor([1, 2], f64)),
        scalar(1),
      ),
    ).toThrow("whileLoop: what is carried is [] before a step and [2] after it");
    expect(() => whileLoop(1 as never, (x: AnyTensor) => x, scalar(1))).toThrow(
      "whileLoop: an argument is of type number",
    );
  });
});
