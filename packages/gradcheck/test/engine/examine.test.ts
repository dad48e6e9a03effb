import { type AnyTensor, ArgumentError, abs, exp, key, log, mul, relu, sum, zeros } from "@tapegrad/core";
import { expect, test } from "vitest";
import { type Examination, type ExamineOptions, examine } from "../../src/engine/examine.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { double, f64 } from "./context-for.ts";

const options: ExamineOptions = {
  directions: 2,
  modes: new Set(["numeric", "forward", "reverse"]),
  budget: 1000,
  key: key(1),
  explain: true,
  cotangents: null,
  gradient: null,
};

const examined = (f: (x: AnyTensor) => unknown, at: AnyTensor, other: Partial<ExamineOptions> = {}): Examination =>
  examine(subjectOf(f, at), { ...options, ...other });

test("a scalar has the cotangent 1, other results have two drawn ones", () => {
  expect(examined((x) => sum(exp(x)), double([1, 2])).context.cotangents).toEqual([Float64Array.of(1)]);
  expect(examined(exp, double([1, 2])).context.cotangents).toHaveLength(2);
});

test("cotangents can be given", () => {
  const { context } = examined(exp, double([1, 2]), { cotangents: double([3, 4]) });
  expect([...context.cotangents[0]!]).toEqual([3, 4]);
});

test("a gradient can be given, of a scalar", () => {
  const gradient = Float64Array.of(2, 4);
  const modes = new Set(["numeric", "reverse"] as const);
  const squares = (x: AnyTensor): AnyTensor => sum(mul(x, x)) as AnyTensor;
  expect(examined(squares, double([1, 2]), { gradient, modes }).findings[0]!.wrong).toBeNull();
  expect(examined(squares, double([1, 3]), { gradient, modes }).findings[0]!.wrong).toBe("reverse");
  expect(() => examined(exp, double([1, 2]), { gradient, modes })).toThrow(ArgumentError);
});

test("what is not finite is a problem, and nothing more is asked", () => {
  const { context, findings, judged } = examined(log, double([1, -1]));
  expect(context.problems.map(({ kind }) => kind)).toEqual(["not finite"]);
  expect(judged).toEqual([]);
  expect(findings[0]!.resolving).toBe(Number.POSITIVE_INFINITY);
});

test("a function that throws is a problem", () => {
  let calls = 0;
  const { context } = examined(
    (x) => {
      if (++calls === 3) throw new Error("boom");
      return exp(x);
    },
    double([1]),
  );
  expect(context.problems).toEqual([{ kind: "throws", message: "evaluation 3 threw: boom" }]);
});

test("a point on more kinks than can be told apart is left for one beside it", () => {
  const { isBeside, findings, context } = examined(relu, zeros([300], f64) as AnyTensor);
  expect(isBeside).toBe(true);
  expect(findings[0]!.wrong).toBeNull();
  expect(findings[0]!.resolving).toBeLessThan(1e-4);
  expect(context.kinks.some(({ isTie }) => isTie)).toBe(true);
  expect(examined(abs, double([1, 0])).isBeside).toBe(false);
});
