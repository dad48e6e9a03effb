import { describe, expect, test } from "vitest";
import { drawArguments, leavesOf, replaceIn } from "../../../gradcheck/src/sample-arguments.ts";
import * as core from "../../src/index.ts";
import {
  type AnyTensor,
  add,
  allClose,
  Draw,
  exp,
  grad,
  hessian,
  isChecked,
  isTensor,
  jacobian,
  jvp,
  key,
  matmul,
  mul,
  normal,
  ones,
  square,
  stack,
  sum,
  tanh,
  tensor,
  treeLeaves,
  vmap,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const tensorsIn = (value: unknown): AnyTensor[] =>
  treeLeaves(value).flatMap(({ value: leaf }) => (isTensor(leaf) ? [leaf] : [leaf.bits]));
const BATCH = 3;

describe("every operation and composite, mapped, is a loop over examples", () => {
  for (const [name, op] of Object.entries(core)) {
    if (!isChecked(op)) continue;
    const run = op as unknown as (...args: readonly unknown[]) => unknown;
    op.definition.samples.forEach((sample, number) => {
      const draws = [...new Set(leavesOf(sample.args).filter((leaf) => leaf instanceof Draw))];
      if (draws.length === 0) return;
      const examples = Array.from({ length: BATCH }, (_, i) =>
        drawArguments(sample.args, key(100 + i)).tensors.map(({ tensor: t }) => t),
      );
      // Each tensor in turn is the same for all examples, and then none is.
      const variants = draws.length === 1 ? [-1] : [-1, ...draws.map((_, i) => i)];
      test.each(variants)(`${name}, sample ${number}, argument %i the same for all`, (fixed) => {
        const inAxes = draws.map((_, i) => (i === fixed ? null : 0));
        const own = (example: number, i: number): AnyTensor => examples[i === fixed ? 0 : example]![i]!;
        const batches = draws.map((_, i) =>
          i === fixed ? examples[0]![i]! : (stack(examples.map((example) => example[i]!)) as AnyTensor),
        );
        const f = (...xs: AnyTensor[]): readonly AnyTensor[] =>
          tensorsIn(run(...replaceIn(sample.args, new Map<unknown, unknown>(draws.map((draw, i) => [draw, xs[i]])))));
        const mapped = vmap(f, { inAxes })(...batches);
        const looped = Array.from({ length: BATCH }, (_, example) => f(...draws.map((_, i) => own(example, i))));
        mapped.forEach((result, i) => {
          const expected = stack(looped.map((outputs) => outputs[i]!)) as AnyTensor;
          expect(result.dtype).toBe(expected.dtype);
          expect(allClose(result, expected, { rtol: 1e-9, atol: 1e-9, equalNaN: true })).toBe(true);
        });
      });
    });
  }
});

describe("vmap composes", () => {
  const w = normal(key(1), [3, 2], f64) as AnyTensor;
  const xs = normal(key(2), [4, 2], f64) as AnyTensor;
  const loss = (weights: AnyTensor, x: AnyTensor): AnyTensor => sum(square(tanh(matmul(weights, x))));
  const row = (i: number): AnyTensor => core.slice(xs, [i]) as AnyTensor;

  test("with grad inside: gradients of each example", () => {
    const perExample = vmap((weights: AnyTensor, x: AnyTensor) => grad(loss)(weights, x), { inAxes: [null, 0] })(w, xs);
    expect(perExample.shape).toEqual([4, 3, 2]);
    expect(
      allClose(perExample, stack([0, 1, 2, 3].map((i) => grad(loss)(w, row(i)))) as AnyTensor, { rtol: 1e-12 }),
    ).toBe(true);
  });

  test("with grad outside: the gradient of a mapped loss is the sum of the gradients", () => {
    const total = grad((weights: AnyTensor) => sum(vmap((x: AnyTensor) => loss(weights, x))(xs)))(w);
    const mapped = grad((weights: AnyTensor) => sum(vmap(loss, { inAxes: [null, 0] })(weights, xs)))(w);
    const expected = [0, 1, 2, 3]
      .map((i) => grad(loss)(w, row(i)) as AnyTensor)
      .reduce((a, b) => add(a, b) as AnyTensor);
    expect(allClose(total, expected, { rtol: 1e-12 })).toBe(true);
    expect(allClose(mapped, expected, { rtol: 1e-12 })).toBe(true);
  });

  test("with itself, over two arguments", () => {
    const dot = (a: AnyTensor, b: AnyTensor): AnyTensor => sum(mul(a, b));
    const table = vmap((a: AnyTensor) => vmap((b: AnyTensor) => dot(a, b))(w))(xs);
    expect(allClose(table, matmul(xs, w, { transposeB: true }) as AnyTensor, { rtol: 1e-12 })).toBe(true);
  });

  test("with jvp, jacobian and hessian inside", () => {
    const f = (x: AnyTensor): AnyTensor => tanh(mul(x, exp(x)));
    const along = vmap((x: AnyTensor) => jvp(f)(x, ones([2], f64) as never).tangent as AnyTensor)(xs);
    expect(allClose(along, jvp(f)(xs, ones([4, 2], f64) as never).tangent as AnyTensor, { rtol: 1e-12 })).toBe(true);
    const jacobians = vmap((x: AnyTensor) => jacobian(f)(x) as AnyTensor)(xs);
    expect(allClose(core.slice(jacobians, [2]), jacobian(f)(row(2)) as AnyTensor, { rtol: 1e-12 })).toBe(true);
    const hessians = vmap((x: AnyTensor) => hessian((at: AnyTensor) => sum(f(at)))(x) as AnyTensor)(xs);
    expect(
      allClose(core.slice(hessians, [1]), hessian((at: AnyTensor) => sum(f(at)))(row(1)) as AnyTensor, { rtol: 1e-12 }),
    ).toBe(true);
  });

  test("over trees, other axes, and results that are the same for all", () => {
    const f = (at: { a: AnyTensor; b: AnyTensor }) => ({ sum: add(at.a, at.b), constant: ones([2]) });
    const result = vmap(f, { inAxes: [1] })({ a: core.transpose(xs), b: core.transpose(xs) } as never);
    expect(allClose(result.sum, mul(xs, 2) as AnyTensor)).toBe(true);
    expect(result.constant.shape).toEqual([4, 2]);
  });

  test("with customGradient, whose rule stays its own", () => {
    const reversed = core.customGradient((x: AnyTensor) => ({ value: square(x), pullBack: (g) => core.neg(g) }));
    const gradients = vmap(grad((x: AnyTensor) => sum(reversed(x))))(xs);
    expect(allClose(gradients, core.neg(ones([4, 2], f64)))).toBe(true);
  });
});

describe("vmap refuses", () => {
  test.each([
    [
      "batches of two sizes",
      () => vmap((a: AnyTensor, b: AnyTensor) => add(a, b))(ones([2]), ones([3])),
      "vmap: [2] has 2 examples and [3] has 3; give batches of one size",
    ],
    [
      "nothing to map over",
      () => vmap((a: AnyTensor) => a, { inAxes: [null] })(ones([2])),
      "vmap: no argument is mapped over",
    ],
    [
      "another number of axes",
      () => vmap((a: AnyTensor) => a, { inAxes: [0, 0] })(ones([2])),
      "vmap: there are 2 axes for 1 arguments",
    ],
    [
      "a scalar",
      () => vmap((a: AnyTensor) => a)(tensor(1) as AnyTensor),
      "vmap: [] has no axis 0; a scalar has no axes",
    ],
    [
      "a function that reads a value",
      () => vmap((a: AnyTensor) => (a.item() > 0 ? a : exp(a)))(ones([2]) as AnyTensor),
      "item: a float32 [] tensor has no value while a function is traced",
    ],
  ])("%s", (_, f, message) => {
    expect(f).toThrow(message);
  });
});
