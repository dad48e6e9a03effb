import { type AnyTensor, customGradient, defineOp, exp, mul, type OpDef, sin, sub, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { type Judged, judge } from "../../src/engine/judge.ts";
import { measureAt } from "../../src/engine/measure.ts";
import { tryDirection } from "../../src/engine/trial.ts";
import { contextFor, double, wrongBy } from "./context-for.ts";

const direction = Float64Array.of(0.6, -1.1);
const definition = (exp as unknown as { definition: OpDef }).definition;
const withRules = (rules: Partial<OpDef>): ((x: AnyTensor) => AnyTensor) => defineOp({ ...definition, ...rules });

function judged(f: (x: AnyTensor) => AnyTensor, { isSampled = true } = {}): Judged {
  const context = contextFor((x: AnyTensor) => sum(f(x)), double([0.5, 1.5]));
  const line = isSampled ? measureAt(context.runs, direction, context.step) : null;
  return judge(context, tryDirection(context, direction, line));
}

const wrongIn = ({ disagreements }: Judged): string[] => disagreements.map(({ wrong }) => wrong);

test("right references agree, within a part of the tolerance", () => {
  const { disagreements, multiple, error } = judged(exp);
  expect(disagreements).toEqual([]);
  expect(multiple).toBeLessThan(1);
  expect(error).toBeLessThan(1e-10);
});

test("differences tell which mode is wrong", () => {
  const twice = (value: AnyTensor): AnyTensor => mul(value, 2) as AnyTensor;
  expect(wrongIn(judged(withRules({ vjp: [([g], { output }) => twice(mul(g!, output))] })))).toEqual(["reverse"]);
  expect(wrongIn(judged(withRules({ jvp: [(t, { output }) => twice(mul(t, output))] })))).toEqual(["forward"]);
  expect(wrongIn(judged((x) => exp(wrongBy(2)(x))))).toEqual(["reverse", "forward"]);
});

test("without differences the two modes can only differ", () => {
  const wrong = withRules({ jvp: [(t, { output }) => mul(mul(t, output), 1 + 1e-9) as AnyTensor] });
  expect(wrongIn(judged(wrong, { isSampled: false }))).toEqual(["modes"]);
  const right = judged(withRules({ jvp: [(t, { output }) => mul(mul(t, output), 1 + 1e-15) as AnyTensor] }), {
    isSampled: false,
  });
  expect(wrongIn(right)).toEqual([]);
  expect(right.multiple).toBeGreaterThan(0);
  expect(right.multiple).toBeLessThan(0.1);
});

test("rounding that parts the modes is none of their mistakes", () => {
  const cancelling = (x: AnyTensor): AnyTensor => sub(mul(x, 1e6), mul(x, 1e6 - 1)) as AnyTensor;
  expect(wrongIn(judged(cancelling))).toEqual([]);
  expect(wrongIn(judged(cancelling, { isSampled: false }))).toEqual([]);
});

test("what a gradient that vanishes rounds to is no mistake, and what a constant is said to have is", () => {
  const nothing = (x: AnyTensor): AnyTensor => sub(mul(sin(x), x), mul(x, sin(x))) as AnyTensor;
  const { disagreements, multiple, trial } = judged(nothing);
  expect(disagreements).toEqual([]);
  expect(multiple).toBeLessThanOrEqual(1);
  expect(trial.reverse![0]!.tolerance).toBeLessThan(1e-13);
  const constant = customGradient((x: AnyTensor) => ({ value: mul(x, 0) as AnyTensor, pullBack: (g) => mul(g, 1e-9) }));
  expect(wrongIn(judged(constant))).toContain("reverse");
});
