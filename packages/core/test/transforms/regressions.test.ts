import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  add,
  concat,
  customGradient,
  div,
  grad,
  jvp,
  mul,
  ones,
  power,
  record,
  sum,
  TreeError,
  tensor,
  treeMap,
  vjp,
} from "../../src/index.ts";

// Each of these gave a wrong answer in silence, once.

const f64 = (values: number | number[]): AnyTensor => tensor(values, { dtype: "float64" }) as AnyTensor;
const i32 = (values: number | number[]): AnyTensor => tensor(values, { dtype: "int32" }) as AnyTensor;
type Pair = { a: AnyTensor; b: AnyTensor };

test("a list of tensors that is changed after concat does not change the tape", () => {
  const f = (x: AnyTensor): AnyTensor => {
    const parts = [mul(x, 2) as AnyTensor, mul(x, 3) as AnyTensor];
    const joined = concat(parts);
    parts.length = 0;
    return sum(joined) as AnyTensor;
  };
  expect(grad(f)(f64([1])).toArray()).toEqual([5]);
});

test("one output that stands twice receives both cotangents, equal or not", () => {
  const twice = vjp((x: AnyTensor) => {
    const y = mul(x, 2);
    return [y, y, y];
  })(f64([3]));
  const [g, h] = [f64([1]), f64([10])];
  expect(twice.pullBack([g, g, g] as never).toArray()).toEqual([6]);
  expect(twice.pullBack([g, h, g] as never).toArray()).toEqual([24]);
});

describe("a replay of tied arguments", () => {
  const [x, w] = [f64(1), f64(5)];
  const { replay } = record((a: AnyTensor, b: AnyTensor, c: AnyTensor) => add(mul(a, 100), add(mul(b, 10), c)))(
    x,
    x,
    w,
  );

  test("gives each argument its own value", () => {
    const one = f64(2);
    expect(replay(one, one, f64(3)).item()).toBe(223);
  });

  test("refuses values that differ where one tensor was recorded", () => {
    expect(() => replay(f64(1), f64(2), f64(3))).toThrow(
      "replay: argument 1 was one tensor with another when the tape was recorded",
    );
  });
});

describe("tied leaves, and a part of the tree", () => {
  const w = f64([2]);
  const f = ({ a, b }: Pair): AnyTensor => sum(mul(a, mul(b, 3)));

  test.each(["a", "b"])("are selected at both places when they are at %s", (path) => {
    const gradient = grad(f, { select: (leaf) => leaf.path === path })({ a: w, b: w }) as Pair;
    expect([gradient.a.toArray(), gradient.b.toArray()]).toEqual([[12], [12]]);
    expect((grad(f, { wrt: path as "a" })({ a: w, b: w }) as AnyTensor).toArray()).toEqual([12]);
  });
});

test("two gradients that are equal are two tensors, and no tie", () => {
  const gradient = grad(({ a, b }: Pair) => sum(add(a, b)))({ a: f64([1]), b: f64([2]) }) as Pair;
  expect(gradient.a).not.toBe(gradient.b);
  const paths: string[] = [];
  treeMap(gradient, ({ path }) => paths.push(path));
  expect(paths).toEqual(["a", "b"]);
});

test("integers beside floats are constants in forward mode", () => {
  const { tangent } = jvp((x: AnyTensor) => concat([x, i32([7, 8])]))(f64([1]), f64([1]) as never);
  expect((tangent as unknown as AnyTensor).toArray()).toEqual([1, 0, 0]);
});

test("gradients beside integers have the dtype of their parameter", () => {
  const gradient = grad((x: AnyTensor) => sum(div(x, i32([2, 4]))))(f64([1, 2]));
  expect([gradient.dtype, gradient.toArray()]).toEqual(["float64", [0.5, 0.25]]);
  const exponent = grad((b: AnyTensor) => sum(power(i32([2, 3]), b)))(f64([1, 2]));
  expect(exponent.data()[0]).toBeCloseTo(2 * Math.log(2), 14);
});

describe("customGradient", () => {
  test("refuses to close over what is being differentiated", () => {
    const f = ({ a, b }: Pair): AnyTensor =>
      sum(customGradient((x: AnyTensor) => ({ value: mul(x, b), pullBack: (g) => mul(g, b) }))(a));
    expect(() => grad(f)({ a: f64([1]), b: f64([2]) })).toThrow(
      "customGradient: the function closes over a tensor that is being differentiated, and gives it to mul; pass the tensor as an argument",
    );
    expect(() => record((a: AnyTensor, b: AnyTensor) => f({ a, b }))(f64([1]), f64([2]))).toThrow("closes over");
  });

  test("may close over constants, and over what an outer transform differentiates", () => {
    const inner = (w: AnyTensor) => (x: AnyTensor) =>
      sum(customGradient((z: AnyTensor) => ({ value: mul(z, w), pullBack: (g) => mul(g, w) }))(x));
    const outer = grad((w: AnyTensor) => sum(grad((x: AnyTensor) => inner(w)(x))(ones([2], { dtype: "float64" }))));
    expect(outer(f64([3, 4])).toArray()).toEqual([1, 1]);
  });

  test.each([
    [
      "another dtype",
      (_: AnyTensor) => ones([2]),
      "the pull-back gave float32 [2] for argument 1, which is float64 [2]",
    ],
    [
      "another shape",
      (_: AnyTensor) => ones([3, 2], { dtype: "float64" }),
      "the pull-back gave float64 [3, 2] for argument 1, which is float64 [2]",
    ],
    ["nothing", () => undefined, "the pull-back gave undefined for 1 arguments"],
    ["a number", () => [3], "the pull-back gave a number for argument 1"],
  ])("refuses a pull-back that gives %s", (_, pullBack, message) => {
    const f = customGradient((x: AnyTensor) => ({ value: mul(x, x), pullBack: pullBack as never }));
    expect(() => grad((x: AnyTensor) => sum(f(x)))(f64([1, 2]))).toThrow(message);
  });

  test("returns a new tensor outside transforms too", () => {
    const x = f64([1]);
    expect(customGradient((z: AnyTensor) => ({ value: z, pullBack: (g) => g }))(x)).not.toBe(x);
  });
});

describe("tensors where no tree is", () => {
  class Net {
    readonly layers: readonly AnyTensor[];
    constructor(w: AnyTensor) {
      this.layers = [w];
    }
  }
  test.each([
    ["deep in an unmarked class", new Net(ones([1]) as AnyTensor)],
    ["in a Map", new Map([["w", ones([1])]])],
    ["in a Set", new Set([ones([1])])],
  ])("%s are refused, and not neglected", (_, holder) => {
    expect(() => grad((at: { w: AnyTensor }) => sum(at.w))({ w: f64([1]), holder } as never)).toThrow(TreeError);
  });
});
