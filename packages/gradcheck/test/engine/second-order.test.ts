import { type AnyTensor, customGradient, exp, key, mul, softmax, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { examine } from "../../src/engine/examine.ts";
import { checkSymmetry, secondOrderOf } from "../../src/engine/second-order.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { contextFor, double } from "./context-for.ts";

const options = {
  directions: 1,
  modes: new Set(["numeric", "forward", "reverse"] as const),
  budget: 1000,
  key: key(1),
  explain: true,
  cotangents: null,
  gradient: null,
};

test("the pull-back is a function of the point and of the cotangents", () => {
  const first = examine(
    subjectOf((x: AnyTensor) => sum(mul(x, exp(x))), double([1, 2])),
    options,
  );
  const second = secondOrderOf(first);
  expect(second.inputs.map(({ path }) => path)).toEqual(["", "(cotangent)"]);
  expect(examine(second, options).findings.map(({ wrong }) => wrong)).toEqual([null, null]);
});

test("where a gradient vanishes its rounding is no result", () => {
  const first = examine(
    subjectOf((x: AnyTensor) => sum(softmax(x)), double([1, 2, 3])),
    options,
  );
  expect(first.findings[0]!.vanishes).toBe(true);
  const second = secondOrderOf(first);
  expect(second.sizes!.every((size) => size > 0.1)).toBe(true);
  expect(examine(second, options).findings.every(({ vanishes }) => vanishes)).toBe(true);
});

/** A pull-back as if it were the gradient of something: a function whose "Hessian" is `[[0, a], [b, 0]]`. */
function symmetryOf(a: number, b: number): string[] {
  const f = (x: AnyTensor): AnyTensor => {
    const matrix = double([
      [0, a],
      [b, 0],
    ]);
    return sum(mul(matrix, x), 1) as AnyTensor;
  };
  const context = contextFor(f, double([1, 2]));
  checkSymmetry(context, 2);
  return context.problems.map(({ kind }) => kind);
}

test("a matrix of second derivatives must be symmetric", () => {
  expect(symmetryOf(3, 3)).toEqual([]);
  expect(symmetryOf(3, 3 + 1e-7)).toEqual(["symmetry"]);
  expect(symmetryOf(3, -3)).toEqual(["symmetry"]);
});

test("the Hessian of any function is", () => {
  const custom = customGradient((x: AnyTensor) => ({ value: exp(x), pullBack: (g) => mul(g, exp(x)) }));
  const first = examine(
    subjectOf((x: AnyTensor) => sum(custom(x)), double([1, 2])),
    options,
  );
  const second = examine(secondOrderOf(first), options);
  checkSymmetry(second.context, 2);
  expect(second.context.problems).toEqual([]);
});
