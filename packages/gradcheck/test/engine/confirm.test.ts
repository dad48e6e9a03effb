import { type AnyTensor, add, customGradient, defineOp, exp, mul, sin, square, sub, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { confirmSlope, isSystematic, roundingOf } from "../../src/engine/confirm.ts";
import { measureAt } from "../../src/engine/measure.ts";
import { dot, Reverse, tangentOf } from "../../src/engine/references.ts";
import { contextFor, double, wrongBy } from "./context-for.ts";

const one = Float64Array.of(1);

/** Whether the confirmed slope of a function of one number contradicts its derivative times a factor. */
function contradicts(f: (x: AnyTensor) => AnyTensor, x: number, factor: number, step = 2 ** -8): boolean {
  const context = contextFor((at: AnyTensor) => sum(f(at)), double([x]));
  const move = Float64Array.of(0.93);
  const line = measureAt(context.runs, move, step)!;
  const derivative = factor * context.gradients[0]![0]! * move[0]!;
  const { value, tolerance } = confirmSlope(context, line, one, { value: derivative, tolerance: 0 });
  return Math.abs(value - derivative) > tolerance;
}

test("a wrong derivative stays wrong", () => {
  expect(contradicts(exp, 1, 1.0001)).toBe(true);
  expect(contradicts(exp, 1, 0)).toBe(true);
});

test("a right one is not contradicted by noise, though it was underestimated", () => {
  for (let i = 0; i < 50; i++) {
    const x = 0.3 + i / 37;
    expect(contradicts((at) => square(sub(add(at, 1e9), 1e9)), x, 1)).toBe(false);
  }
});

test("a staircase that stands still at this step is no constant", () => {
  for (let i = 0; i < 20; i++)
    expect(contradicts((at) => sub(add(at, 1e13), 1e13), 1 + i / 7, 1, 2 ** -20)).toBe(false);
});

test("nor is what absorbs its argument at all steps, but what is constant is", () => {
  expect(contradicts((at) => sub(add(at, 1e17), 1e17), 1, 1)).toBe(false);
  const constant = customGradient((x: AnyTensor) => ({ value: mul(x, 0) as AnyTensor, pullBack: (g) => g }));
  expect(contradicts(constant, 1, 1)).toBe(true);
});

test("smaller steps tell where a kink that nobody names is in the way", () => {
  const leaky = defineOp<(x: AnyTensor) => AnyTensor>({
    name: "leaky",
    infer: ([x]) => x!,
    forward: ([x]) => x!.data().map((value) => (value > 0 ? value : 0.1 * value)),
    vjp: [([g]) => g!],
    samples: [],
  });
  expect(contradicts(leaky, 1e-3, 1)).toBe(false);
  expect(contradicts(leaky, 1, 1.0001)).toBe(true);
});

test("a mistake is systematic, and rounding is not", () => {
  const apart = (f: (x: AnyTensor) => AnyTensor, scale: number): boolean => {
    const context = contextFor(f, double([0.3, 0.7]));
    return isSystematic(context, ({ runs, near }) => {
      const [v, w] = [near(Float64Array.of(0.6, -1.1)), near(Float64Array.of(1.3, 0.9))];
      return scale * dot(w, tangentOf(runs, v)).value - dot(new Reverse(runs).gradient(w), v).value;
    });
  };
  const cancelling = (x: AnyTensor): AnyTensor => sub(mul(x, 1e6), mul(x, 1e6 - 1)) as AnyTensor;
  expect(apart(cancelling, 1)).toBe(false);
  expect(apart(cancelling, 1 + 1e-6)).toBe(true);
  expect(apart(wrongBy(1), 1)).toBe(false);
});

test("what rounding adds to a derivative that cancels is told from a mistake", () => {
  const rounding = (f: (x: AnyTensor) => unknown, apart: number): number | null => {
    const context = contextFor((x: AnyTensor) => sum(f(x) as AnyTensor), double([0.3, 0.7]));
    const v = Float64Array.of(0.6, -1.1);
    return roundingOf(context, v, one, apart, ({ runs, near }) => dot(new Reverse(runs).gradient(one), near(v)).value);
  };
  const nothing = (x: AnyTensor) => sub(mul(sin(x), x), mul(x, sin(x)));
  expect(rounding(nothing, 1e-16)).toBeGreaterThan(1e-16);
  expect(rounding(nothing, 1e-16)).toBeLessThan(1e-13);
  // Wrong here, and right around.
  expect(rounding(nothing, 1e-6)).toBe(null);
  // Small because it is small.
  expect(rounding((x) => mul(x, 1e-20), 1e-20)).toBe(null);
});
