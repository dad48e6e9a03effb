import { expect, test } from "vitest";
import {
  type AnyTensor,
  abs,
  add,
  compile,
  cond,
  customGradient,
  exp,
  grad,
  greater,
  hessian,
  hvp,
  jacobian,
  jvp,
  matmul,
  mul,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  treeLeaves,
  valueAndGrad,
  vmap,
  where,
} from "../../src/index.ts";

const x = tensor([0.3, -0.7, 1.1], { dtype: "float64" });
const y = tensor([1, 2, 3], { dtype: "float64" });
const f = (at: AnyTensor): AnyTensor => sum(mul(tanh(at), exp(mul(at, 0.5)))) as AnyTensor;
const clipped = customGradient((at: AnyTensor) => ({
  value: square(at) as AnyTensor,
  pullBack: (g) => mul(g, 7) as AnyTensor,
}));

const functions: Readonly<Record<string, (at: AnyTensor, other: AnyTensor) => unknown>> = {
  "a gradient": (at) => grad(f)(at),
  "a value with its gradient": (at) => valueAndGrad(f)(at),
  "a gradient of a gradient": (at) =>
    grad((inner: AnyTensor) => sum(square(grad(f)(inner) as AnyTensor)) as AnyTensor)(at),
  "a product with a Hessian": (at, other) => hvp(f)(at, other as never),
  "a Hessian": (at) => hessian(f)(at),
  "a Jacobian": (at) => jacobian((inner: AnyTensor) => sin(mul(inner, inner)) as AnyTensor)(at),
  "forward mode": (at, other) => jvp((inner: AnyTensor) => tanh(inner) as AnyTensor)(at, other as never),
  "a batch": (at) => vmap((row: AnyTensor) => f(mul(row, y) as AnyTensor))(at),
  "gradients of a batch": (at, other) =>
    vmap((row: AnyTensor, one: AnyTensor) => grad(f)(mul(row, one) as AnyTensor))(at, other),
  "a gradient of one's own": (at) => [clipped(at), grad((inner: AnyTensor) => sum(clipped(inner)) as AnyTensor)(at)],
  "a loop and its gradient": (at) =>
    valueAndGrad((inner: AnyTensor) => {
      const [last] = scan(
        (carry: AnyTensor, one: AnyTensor) => [tanh(add(carry, one)) as AnyTensor, null],
        tensor(0, { dtype: "float64" }) as AnyTensor,
        inner,
      );
      return last as AnyTensor;
    })(at),
  "a choice and its gradient": (at) =>
    grad(
      (inner: AnyTensor) =>
        cond(
          greater(sum(inner), 0) as never,
          (a: AnyTensor) => sum(exp(a)) as AnyTensor,
          (a: AnyTensor) => sum(square(a)) as AnyTensor,
          inner,
        ) as AnyTensor,
    )(at),
  "a kink": (at) =>
    grad((inner: AnyTensor) => sum(where(greater(inner, 0) as never, abs(inner), square(inner))) as AnyTensor)(at),
  "a product with itself": (at) => grad((inner: AnyTensor) => sum(square(matmul(inner, inner))) as AnyTensor)(at),
};

const numbersOf = (tree: unknown): number[] => treeLeaves(tree).flatMap(({ value }) => [...(value as Tensor).data()]);

test.each(Object.entries(functions))("%s compiles", (_, f) => {
  const [eager, compiled] = [numbersOf(f(x, y)), numbersOf(compile(f)(x, y))];
  expect(compiled.length).toBe(eager.length);
  for (const [i, value] of eager.entries()) expect(compiled[i]).toBeCloseTo(value, 12);
});

test("a compiled function is part of what is around it: of a gradient, a batch, another compiled function", () => {
  const inner = compile((at: AnyTensor) => f(at));
  expect(numbersOf(grad(inner)(x))).toEqual(numbersOf(grad(f)(x)));
  expect(numbersOf(vmap(compile((row: AnyTensor) => mul(row, 2) as AnyTensor))(x))).toEqual(numbersOf(mul(x, 2)));
  const outer = compile((at: AnyTensor) => grad(inner)(at));
  for (const [i, value] of numbersOf(grad(f)(x)).entries()) expect(numbersOf(outer(x))[i]).toBeCloseTo(value, 12);
});
