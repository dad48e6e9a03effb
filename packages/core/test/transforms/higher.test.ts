import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  add,
  customGradient,
  defineOp,
  draw,
  exp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  log,
  matmul,
  mul,
  neg,
  ones,
  power,
  record,
  sigmoid,
  square,
  sub,
  sum,
  tanh,
  tensor,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const x = tensor([1, 2], f64) as AnyTensor;

describe("jvp", () => {
  test("pushes a tangent through a tree; null counts as zeros", () => {
    const f = (at: { a: AnyTensor; b: AnyTensor }) => ({ product: mul(at.a, at.b) });
    const { value, tangent } = jvp(f)({ a: ones([2], f64), b: x }, { a: ones([2], f64), b: null } as never);
    expect(value.product.toArray()).toEqual([1, 2]);
    expect((tangent.product as AnyTensor).toArray()).toEqual([1, 2]);
  });

  test("moves tied tensors together, and refuses to move them apart", () => {
    const f = (at: { a: AnyTensor; b: AnyTensor }): AnyTensor => mul(at.a, at.b);
    const one = ones([2], f64);
    expect((jvp(f)({ a: x, b: x }, { a: one, b: one } as never).tangent as AnyTensor).toArray()).toEqual([2, 4]);
    expect(() => jvp(f)({ a: x, b: x }, { a: one, b: null } as never)).toThrow(
      "jvp: the tangent of b differs from that of another place of the same tensor; tied tensors move together",
    );
  });

  test("of a constant is zero, of an integer output null", () => {
    const { tangent } = jvp((_: AnyTensor) => [ones([3]), tensor(1, { dtype: "int32" })] as const)(
      x,
      ones([2], f64) as never,
    );
    expect((tangent as unknown as [AnyTensor, null])[0].toArray()).toEqual([0, 0, 0]);
    expect((tangent as unknown as [AnyTensor, null])[1]).toBeNull();
  });

  test("refuses tangents of another shape or dtype, by path", () => {
    const f = (at: { w: AnyTensor }): AnyTensor => square(at.w);
    expect(() => jvp(f)({ w: x }, { w: ones([3], f64) } as never)).toThrow(
      "jvp: the tangent of w is [3], but the parameter [2]",
    );
    expect(() => jvp(f)({ w: x }, { w: ones([2]) } as never)).toThrow(
      "jvp: the tangent of w is float32, but the parameter float64",
    );
    expect(() => jvp(f)({ w: x }, { w: 3 } as never)).toThrow("jvp: the tangent of w is no tensor");
  });

  test("of an operation without a forward rule is the pull-back of its pull-back", () => {
    const definition = (exp as unknown as { definition: Parameters<typeof defineOp>[0] }).definition;
    const { jvp: _, ...reverseOnly } = definition;
    const own = defineOp<(x: AnyTensor) => AnyTensor>({ ...reverseOnly, samples: [{ args: [draw([2])] }] });
    expect((jvp((at: AnyTensor) => own(at))(x, ones([2], f64) as never).tangent as AnyTensor).toArray()).toEqual(
      exp(x).toArray(),
    );
  });
});

describe("Jacobians and Hessians", () => {
  test.each(["reverse", "forward"] as const)(
    "a Jacobian in %s mode has the output's shape followed by the input's",
    (mode) => {
      const f = (at: AnyTensor): AnyTensor =>
        matmul(
          tensor(
            [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
            f64,
          ),
          square(at),
        );
      const j = jacobian(f, { mode })(x) as AnyTensor;
      expect(j.shape).toEqual([3, 2]);
      expect(j.toArray()).toEqual([
        [2, 8],
        [6, 16],
        [10, 24],
      ]);
    },
  );

  test.each(["reverse", "forward"] as const)("of trees, in %s mode", (mode) => {
    const f = (at: { a: AnyTensor; b: AnyTensor }) => ({ s: sum(mul(at.a, at.b)), p: mul(at.a, 3) });
    const j = jacobian(f, { mode })({ a: x, b: tensor([5, 7], f64) as AnyTensor }) as unknown as Record<
      string,
      Record<string, AnyTensor>
    >;
    expect(j.s!.a!.toArray()).toEqual([5, 7]);
    expect(j.s!.b!.toArray()).toEqual([1, 2]);
    expect(j.p!.a!.toArray()).toEqual([
      [3, 0],
      [0, 3],
    ]);
    expect(j.p!.b!.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("a Hessian is symmetric and agrees with Hessian-vector products", () => {
    const f = (at: AnyTensor): AnyTensor => sum(tanh(mul(power(at, 2), sum(at))));
    const h = hessian(f)(x) as AnyTensor;
    const matrix = h.toArray() as number[][];
    expect(matrix[0]![1]).toBeCloseTo(matrix[1]![0]!, 14);
    for (const [i, basis] of [
      [1, 0],
      [0, 1],
    ].entries()) {
      const column = hvp(f)(x, tensor(basis, f64) as never).data();
      expect(column[0]).toBeCloseTo(matrix[0]![i]!, 13);
      expect(column[1]).toBeCloseTo(matrix[1]![i]!, 13);
    }
  });

  test("a Hessian of a tree is a tree of trees", () => {
    const f = (at: { a: AnyTensor; b: AnyTensor }): AnyTensor => sum(mul(square(at.a), at.b));
    const h = hessian(f)({ a: x, b: ones([2], f64) }) as unknown as Record<string, Record<string, AnyTensor>>;
    expect(h.a!.a!.toArray()).toEqual([
      [2, 0],
      [0, 2],
    ]);
    expect(h.a!.b!.toArray()).toEqual([
      [2, 0],
      [0, 4],
    ]);
    expect(h.b!.b!.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("empty outputs and inputs", () => {
    expect((jacobian((at: AnyTensor) => square(at))(tensor([], f64) as AnyTensor) as AnyTensor).shape).toEqual([0, 0]);
  });
});

describe("customGradient", () => {
  const reversed = customGradient((at: AnyTensor) => ({ value: square(at), pullBack: (g) => neg(g) }));

  test("stands in for the derivative", () => {
    expect(reversed(x).toArray()).toEqual([1, 4]);
    expect(grad((at: AnyTensor) => sum(reversed(at)))(x).toArray()).toEqual([-1, -1]);
  });

  test("works in forward mode, by transposing the pull-back", () => {
    expect((jvp((at: AnyTensor) => reversed(at))(x, ones([2], f64) as never).tangent as AnyTensor).toArray()).toEqual([
      -1, -1,
    ]);
  });

  const softplus = customGradient((at: AnyTensor) => {
    const e = exp(at);
    return { value: log(add(e, 1)), pullBack: (g) => mul(g, sub(1, power(add(e, 1), -1))) };
  });

  test("has the right second derivative, though the pull-back uses what was computed on the way", () => {
    const second = grad((at: AnyTensor) => sum(grad((z: AnyTensor) => sum(softplus(z)))(at)))(x).data();
    const s = sigmoid(x).data();
    s.forEach((value, i) => {
      expect(second[i]).toBeCloseTo(value * (1 - value), 12);
    });
  });

  test("takes several arguments, and null for none", () => {
    const f = customGradient((a: AnyTensor, b: AnyTensor) => ({
      value: mul(a, b),
      pullBack: (g) => [mul(g, 7), null],
    }));
    const gradient = grad(([a, b]: readonly [AnyTensor, AnyTensor]) => sum(f(a, b)))([
      x,
      x.add(1),
    ] as const) as unknown as AnyTensor[];
    expect(gradient.map((g) => g.toArray())).toEqual([
      [7, 7],
      [0, 0],
    ]);
  });

  test("may return its argument, and replays", () => {
    const through = customGradient((at: AnyTensor) => ({ value: at, pullBack: (g) => mul(g, 5) }));
    expect(grad((at: AnyTensor) => sum(through(at)))(x).toArray()).toEqual([5, 5]);
    const { replay } = record((at: AnyTensor) => sum(through(at)))(x);
    expect(replay(tensor([3, 4], f64)).item()).toBe(7);
    expect(grad((at: AnyTensor) => replay(at))(x).toArray()).toEqual([5, 5]);
  });

  test("refuses a body without a pull-back, and a wrong number of cotangents", () => {
    const bad = customGradient((() => ({ value: 3 })) as never) as (at: AnyTensor) => AnyTensor;
    expect(() => bad(x)).toThrow("customGradient: the function returned no { value, pullBack }");
    const two = customGradient((a: AnyTensor) => ({ value: a, pullBack: (g) => [g, g] }));
    expect(() => grad((at: AnyTensor) => sum(two(at)))(x)).toThrow(
      "customGradient: the pull-back gave 2 cotangents for 1 arguments",
    );
  });
});
