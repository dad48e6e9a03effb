import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  add,
  argmax,
  exp,
  GradientError,
  grad,
  greater,
  key,
  matmul,
  mul,
  ones,
  power,
  square,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  zeros,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const same = <A>() => ({
  as: <B>(_: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false) => undefined,
});

describe("gradients of trees", () => {
  const model = {
    w: tensor([1, 2], f64),
    b: tensor(3, f64),
    steps: tensor(5, { dtype: "int32" }),
    rng: key(0),
    rate: 0.1,
    name: "m",
  };
  type Model = typeof model;
  const loss = (m: Model, x: Tensor<readonly [2], "float64">): Tensor<readonly [], "float64"> =>
    sum(mul(add(mul(m.w, x), m.b), m.rate));

  test("have the structure of the tree; what is no parameter is null, what is static stays", () => {
    const { value, gradient } = valueAndGrad(loss)(model, tensor([10, 20], f64));
    expect(value.item()).toBeCloseTo(5.6, 12);
    expect(gradient.w.toArray()).toEqual([1, 2]);
    expect(gradient.b.item()).toBe(0.2);
    expect([gradient.steps, gradient.rng, gradient.rate, gradient.name]).toEqual([null, null, 0.1, "m"]);
    same<typeof gradient.w>().as<Tensor<readonly [2], "float64">>(true);
    same<typeof gradient.steps>().as<null>(true);
    same<typeof gradient.rng>().as<null>(true);
  });

  test("hand on what else the function returns", () => {
    const f = valueAndGrad((x: Tensor<readonly [], "float64">) => [mul(x, x), { doubled: 2 }] as const, { aux: true });
    const { value, gradient, aux } = f(tensor(3, f64));
    expect([value.item(), gradient.item(), aux.doubled]).toEqual([9, 6, 2]);
    expect(() => valueAndGrad((x: AnyTensor) => x as never, { aux: true })(tensor(1))).toThrow(
      "with aux, the function returned",
    );
  });

  test("by a part of the tree: below a path, typed", () => {
    const nested = { layers: [{ w: tensor([1, 2]) }, { w: tensor([3, 4]) }] as const, scale: tensor(2) };
    const f = (at: typeof nested): AnyTensor => mul(sum(mul(at.layers[0].w, at.layers[1].w)), at.scale);
    const part = grad(f, { wrt: "layers.1" })(nested);
    expect(part.w.toArray()).toEqual([2, 4]);
    same<typeof part.w>().as<Tensor<readonly [2], "float32">>(true);
    expect(grad(f, { wrt: "layers.0.w" })(nested).toArray()).toEqual([6, 8]);
    expect(() => grad(f, { wrt: "layers.7" })(nested)).toThrow('there is no "layers.7": layers has 0, 1');
  });

  test("by a part of the tree: the leaves that a predicate picks", () => {
    const gradient = grad(loss, { select: ({ path }) => path === "b" })(model, tensor([10, 20], f64));
    expect(gradient.w).toBeNull();
    expect(gradient.b.item()).toBe(0.2);
  });

  test("of a function that is no function of the tree are zeros; strict says so instead", () => {
    const constant = (_: AnyTensor): AnyTensor => ones([]);
    expect(grad(constant)(tensor([1, 2])).toArray()).toEqual([0, 0]);
    expect(() => grad(constant, { strict: true })(tensor([1, 2]))).toThrow(
      "grad: the result does not depend on the argument; leave out strict",
    );
    const half = (at: { a: AnyTensor; b: AnyTensor }): AnyTensor => sum(at.a);
    expect(() => grad(half, { strict: true })({ a: ones([1]), b: ones([1]) })).toThrow(
      "the result does not depend on b",
    );
  });

  test("can be differentiated again, any number of times", () => {
    const cube = (x: AnyTensor): AnyTensor => power(x, 3);
    const third = grad(grad(grad(cube) as typeof cube) as typeof cube);
    expect(third(tensor(2, f64)).item()).toBe(6);
  });

  test("of a linear function are zeros at second order, not an error", () => {
    const line = (x: AnyTensor): AnyTensor => sum(mul(x, 3));
    expect(grad((x: AnyTensor) => sum(grad(line)(x)))(tensor([1, 2])).toArray()).toEqual([0, 0]);
  });
});

describe("what is refused, and in which words", () => {
  const x = tensor([1, 2, 3]);
  const refused: [string, () => unknown, string][] = [
    [
      "a result that is no scalar",
      () => grad((at: AnyTensor) => square(at))(x),
      "grad: the function returned a tensor of shape [3], not a scalar; reduce it with mean or sum, or use vjp or jacobian",
    ],
    [
      "a scalar of integers",
      () => grad((at: AnyTensor) => argmax(at))(x),
      'grad: the function returned a scalar of int32; use floats, as in cast(x, "float32")',
    ],
    ["a number", () => grad((() => 3) as never)(x), "grad: the function returned a number; return a scalar tensor"],
    ["nothing", () => grad((() => undefined) as never)(x), "grad: the function returned undefined"],
    [
      "a promise",
      () => grad((async (at: AnyTensor) => sum(at)) as never)(x),
      "grad: the function returned a promise; await data before, and transform a synchronous function",
    ],
    [
      "a promise from vjp",
      () => vjp((async (at: AnyTensor) => at) as never)(x),
      "vjp: the function returned a promise",
    ],
    [
      "an argument of integers",
      () => grad((at: AnyTensor) => sum(at))(tensor([1], { dtype: "int32" })),
      "grad: there is no parameter to differentiate by, but the value (int32); parameters are tensors of floats",
    ],
    [
      "an argument without tensors",
      () => grad((at: object) => sum(at as never))({ rate: 1 }),
      "grad: there is no parameter to differentiate by, but no tensor at all",
    ],
    ["a key alone", () => grad((_: object) => ones([]))({ k: key(1) }), "but k (key)"],
    ["a tree of bools", () => grad((at: { m: AnyTensor }) => sum(at.m))({ m: greater(x, 0) }), "but m (bool)"],
  ];
  test.each(refused)("%s", (_, f, message) => {
    expect(f).toThrow(GradientError);
    expect(f).toThrow(message);
  });

  test("a failing function leaves no tape behind", () => {
    const boom = (at: AnyTensor): AnyTensor => {
      exp(at);
      throw new Error("boom");
    };
    expect(() => grad(boom)(x)).toThrow("boom");
    expect(grad((at: AnyTensor) => sum(at))(x).toArray()).toEqual([1, 1, 1]);
  });
});

describe("vjp", () => {
  test("takes cotangents in the structure of the outputs; null counts as zeros", () => {
    const f = (x: AnyTensor) => ({ double: mul(x, 2), squares: [square(x)], position: argmax(x) });
    const { value, pullBack } = vjp(f)(tensor([1, 2], f64) as AnyTensor);
    expect(value.squares[0]!.toArray()).toEqual([1, 4]);
    const one = ones([2], f64) as never;
    expect(pullBack({ double: one, squares: [one], position: null } as never).toArray()).toEqual([4, 6]);
    expect(pullBack({ double: one, squares: [null], position: null } as never).toArray()).toEqual([2, 2]);
    expect(pullBack({ double: null, squares: [null], position: null } as never).toArray()).toEqual([0, 0]);
  });

  test("an output that is the input itself, or a constant", () => {
    const { pullBack } = vjp((x: AnyTensor) => [x, zeros([1]), mul(x, 3)] as const)(tensor([5]) as AnyTensor);
    expect(pullBack([tensor([10]), tensor([1]), tensor([1])] as never).toArray()).toEqual([13]);
  });

  test("refuses cotangents of another shape or dtype", () => {
    const { pullBack } = vjp((x: AnyTensor) => ({ y: square(x) }))(tensor([1, 2]) as AnyTensor);
    expect(() => pullBack({ y: ones([3]) } as never)).toThrow(
      "vjp: the cotangent of y is [3], but the output is [2]; give it the shape of the output",
    );
    expect(() => pullBack({ y: ones([2], f64) } as never)).toThrow(
      "vjp: the cotangent of y is float64, but the output is float32",
    );
    expect(() => pullBack({ y: 1 } as never)).toThrow("vjp: the cotangent of y is no tensor");
    expect(() => pullBack({} as never)).toThrow("the trees differ: one has no y");
  });

  test("broadcasting batches un-broadcast their gradients", () => {
    const w = ones([3, 2], f64) as AnyTensor;
    const gradient = grad((at: AnyTensor) => sum(matmul(ones([4, 5, 3], f64), at)))(w);
    expect(gradient.toArray()).toEqual([
      [20, 20],
      [20, 20],
      [20, 20],
    ]);
  });
});
