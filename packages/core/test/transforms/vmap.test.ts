import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawArguments, leavesOf, replaceIn } from "../../../gradcheck/src/sample-arguments.ts";
import * as core from "../../src/index.ts";
import {
  type AnyTensor,
  add,
  allClose,
  Draw,
  draw,
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

/** A call, with a `draw` for each tensor that may be mapped over. */
interface Case {
  readonly name: string;
  readonly run: (...args: readonly unknown[]) => unknown;
  readonly args: readonly unknown[];
  readonly draws: readonly Draw[];
}
const caseOf = (name: string, run: unknown, args: readonly unknown[]): Case => ({
  name,
  run: run as Case["run"],
  args,
  draws: [...new Set(leavesOf(args).filter((leaf) => leaf instanceof Draw))],
});
const cases = Object.entries(core).flatMap(([name, op]) =>
  isChecked(op) ? op.definition.samples.map(({ args }, i) => caseOf(`${name}, sample ${i}`, op, args)) : [],
);
const mappable = cases.filter(({ draws }) => draws.length > 0);

/** Maps a call over `size` examples along an axis for each draw (`null`: the same for all), and compares with a loop. */
function checkMapped({ run, args, draws }: Case, axes: readonly (number | null)[], size: number, seed: number): void {
  // One at least, so that shapes are known where nothing is mapped over.
  const examples = Array.from({ length: Math.max(size, 1) }, (_, i) =>
    drawArguments(args, key(seed + i)).tensors.map(({ tensor: t }) => t),
  );
  const batches = examples[0]!.map((first, i) => {
    const axis = axes[i]!;
    if (axis === null) return first;
    const at = axis < 0 ? axis + first.rank + 1 : axis;
    if (size === 0) return core.zeros(first.shape.toSpliced(at, 0, 0), { dtype: first.dtype });
    return stack(
      examples.map((example) => example[i]!),
      at,
    ) as AnyTensor;
  });
  const f = (...xs: AnyTensor[]): readonly AnyTensor[] =>
    tensorsIn(run(...replaceIn(args, new Map<unknown, unknown>(draws.map((draw, i) => [draw, xs[i]])))));
  const mapped = vmap(f, { inAxes: axes })(...batches);
  const looped = examples.map((example) => f(...example.map((own, i) => (axes[i] === null ? examples[0]![i]! : own))));
  expect(mapped.length).toBe(looped[0]!.length);
  mapped.forEach((result, i) => {
    const expected = looped.slice(0, size).map((outputs) => outputs[i]!);
    expect(result.dtype).toBe(looped[0]![i]!.dtype);
    expect(result.shape).toEqual([size, ...looped[0]![i]!.shape]);
    if (size === 0) return;
    expect(allClose(result, stack(expected) as AnyTensor, { rtol: 1e-9, atol: 1e-9, equalNaN: true })).toBe(true);
  });
}

/** An axis of the batch for each draw, counted from either end, or `null`; at least one of them is mapped over. */
const axesFor = (draws: readonly Draw[]): fc.Arbitrary<(number | null)[]> =>
  fc
    .tuple(...draws.map(({ shape: { length } }) => fc.option(fc.integer({ min: -length - 1, max: length }))))
    .filter((axes) => axes.some((axis) => axis !== null));

/** Mapped calls, with axes, how many examples, and a seed. */
const mappedCalls = (calls: fc.Arbitrary<Case>) =>
  calls.chain((call) =>
    fc.tuple(fc.constant(call), axesFor(call.draws), fc.constantFrom(0, 1, 2, 4), fc.integer({ min: 100, max: 1e6 })),
  );

describe("every operation and composite, mapped, is a loop over examples", () => {
  for (const call of mappable) {
    // Each tensor in turn is the same for all examples, and then none is.
    const variants = call.draws.length === 1 ? [-1] : [-1, ...call.draws.keys()];
    test.each(variants)(`${call.name}, argument %i the same for all`, (fixed) => {
      const axes = call.draws.map((_, i) => (i === fixed ? null : 0));
      checkMapped(call, axes, 3, 100);
    });
  }

  test("along any axes, for any number of examples", () => {
    const calls = fc.constantFrom(...mappable.map(({ name }) => name));
    const byName = new Map(mappable.map((call) => [call.name, call]));
    fc.assert(
      fc.property(mappedCalls(calls.map((name) => byName.get(name)!)), (at) => checkMapped(...at)),
      { numRuns: 500 },
    );
  });

  test("convolutions and their transposes, of any shape", () => {
    fc.assert(
      fc.property(mappedCalls(convolutions), (at) => checkMapped(...at)),
      { numRuns: 300 },
    );
  });

  test("without exception: each primitive says how it runs for a batch", () => {
    const primitives = Object.values(core).flatMap((op) => (isChecked(op) && "infer" in op.definition ? [op] : []));
    expect(primitives.length).toBeGreaterThan(100);
    expect(primitives.filter((op) => !("batch" in op.definition)).map((op) => op.definition.name)).toEqual([]);
  });
});

/** A convolution or one of its transposes, with one to three spatial axes. */
const convolutions: fc.Arbitrary<Case> = fc
  .record({
    images: fc.integer({ min: 0, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    inChannels: fc.integer({ min: 1, max: 2 }),
    outChannels: fc.integer({ min: 1, max: 2 }),
    axes: fc.array(
      fc.record({
        kernel: fc.integer({ min: 1, max: 3 }),
        output: fc.integer({ min: 1, max: 2 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.integer({ min: 1, max: 2 }),
        before: fc.integer({ min: -1, max: 1 }),
        after: fc.integer({ min: -1, max: 1 }),
        unread: fc.integer({ min: 0, max: 2 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    which: fc.constantFrom("convolve", "convolveInput", "convolveKernel"),
  })
  .map(({ images, groups, inChannels, outChannels, axes, which }) => {
    // What a stride leaves unread at the end is less than the stride, and an axis has one element at least.
    const sizes = axes.map(({ kernel, output, stride, dilation, before, after, unread }) =>
      Math.max((kernel - 1) * dilation + 1 + (output - 1) * stride + (unread % stride) - before - after, 1),
    );
    const outputs = axes.map(({ kernel, stride, dilation, before, after }, i) =>
      Math.floor((sizes[i]! + before + after - (kernel - 1) * dilation - 1) / stride + 1),
    );
    const kernel = axes.map((axis) => axis.kernel);
    const x = draw([images, groups * inChannels, ...sizes]);
    const w = draw([groups * outChannels, inChannels, ...kernel]);
    const y = draw([images, groups * outChannels, ...outputs]);
    const options = {
      strides: axes.map(({ stride }) => stride),
      dilation: axes.map(({ dilation }) => dilation),
      padding: axes.map(({ before, after }) => [before, after]),
      groups,
    };
    if (which === "convolve") return caseOf(which, core.convolve, [x, w, options]);
    if (which === "convolveInput") return caseOf(which, core.convolveInput, [y, w, sizes, options]);
    return caseOf(which, core.convolveKernel, [x, y, kernel, options]);
  });

test("a mapped key draws exactly what it draws alone", () => {
  const steps = [3, 1, 4, 1, 5, 9];
  const f = (step: AnyTensor) => {
    const [a, b] = core.splitKey(core.foldIn(key(9), step));
    const bounded = core.truncatedNormal(b, [2, 2], { low: 0 });
    return { uniform: core.uniform(a, [3]), normal: normal(a, [], f64), bounded, mask: core.bernoulli(b, 0.5, [4]) };
  };
  const mapped = vmap(f)(tensor(steps, { dtype: "int32" }) as AnyTensor);
  const table = vmap((row: AnyTensor) => vmap(f)(row))(core.reshape(tensor(steps, { dtype: "int32" }), [2, 3]));
  steps.forEach((step, i) => {
    const own = f(tensor(step, { dtype: "int32" }) as AnyTensor);
    for (const name of ["uniform", "normal", "bounded", "mask"] as const) {
      expect(core.slice(mapped[name] as AnyTensor, [i]).toArray()).toEqual(own[name].toArray());
      expect(core.slice(table[name] as AnyTensor, [Math.floor(i / 3), i % 3]).toArray()).toEqual(own[name].toArray());
    }
  });
});

test("convolutions of examples compose with grad: per-example gradients of a kernel", () => {
  const [images, kernel] = [normal(key(1), [4, 2, 3, 5, 5], f64), normal(key(2), [4, 3, 3, 3], f64)];
  const loss = (w: AnyTensor, x: AnyTensor): AnyTensor =>
    sum(
      square(
        core.convolve(x, w, {
          padding: [
            [1, 1],
            [1, 1],
          ],
        }),
      ),
    );
  const gradients = vmap(grad(loss), { inAxes: [null, 0] })(kernel as AnyTensor, images as AnyTensor) as AnyTensor;
  const looped = [0, 1, 2, 3].map((i) => grad(loss)(kernel as AnyTensor, core.slice(images, [i]) as AnyTensor));
  expect(allClose(gradients, stack(looped as AnyTensor[]) as AnyTensor, { rtol: 1e-12 })).toBe(true);
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
      "vmap: no tensor is mapped over",
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
