import { type AnyTensor, customGradient, defineOp, exp, mul, type OpDef, sum } from "@tapegrad/core";
import { expect, test } from "vitest";
import { storageOf } from "../../../core/src/tensor.ts";
import { checkAccumulation, checkRepeatable, checkUntouched } from "../../src/engine/protocol.ts";
import { contextFor, double } from "./context-for.ts";

const x = double([0.5, 1.5]);
const scalar =
  (f: (x: AnyTensor) => AnyTensor): ((x: AnyTensor) => AnyTensor) =>
  (at) =>
    sum(f(at)) as AnyTensor;
const kinds = (f: (x: AnyTensor) => AnyTensor): string[] =>
  contextFor(scalar(f), x).problems.map(({ kind, message }) => `${kind}: ${message}`);
const custom = (pullBack: (g: AnyTensor, at: AnyTensor) => unknown): ((at: AnyTensor) => AnyTensor) =>
  customGradient((at: AnyTensor) => ({ value: exp(at), pullBack: (g) => pullBack(g, at) as AnyTensor }));

test("a right gradient keeps to the protocol", () => {
  const context = contextFor(scalar(exp), x);
  checkAccumulation(context);
  checkRepeatable(context);
  expect(checkUntouched(context)).toBe(true);
  expect(context.problems).toEqual([]);
});

test("a pull-back that ignores its cotangent", () => {
  expect(kinds(custom((_, at) => exp(at)))).toEqual([
    "linearity: the pull-back ignores its cotangent: it gives the same gradient for −2 times as much",
  ]);
});

test("a pull-back that is not linear", () => {
  expect(kinds(custom((g, at) => mul(mul(g, g), exp(at))))[0]).toMatch(
    /^linearity: the pull-back is not linear in its cotangent, or keeps something from pass to pass: for −2 times as much the gradient of the argument\[0\] is 6\.59/,
  );
});

test("a pull-back that adds to what it gave before", () => {
  let sumOfAll: AnyTensor | undefined;
  const adding = custom((g, at) => {
    const own = mul(g, exp(at)) as AnyTensor;
    sumOfAll = sumOfAll === undefined ? own : (mul(own, 3) as AnyTensor);
    return sumOfAll;
  });
  expect(kinds(adding)[0]).toMatch(/^linearity: .* keeps something from pass to pass/);
});

test("random numbers without a key", () => {
  expect(kinds((at) => mul(at, Math.random()) as AnyTensor)).toEqual([
    "randomness: the function gave other values when it was called again: draw random numbers from a key among its arguments",
  ]);
  const context = contextFor(scalar(exp), x);
  const drawing = contextFor((at: AnyTensor) => mul(at, Math.random()), x, { modes: ["numeric", "forward"] });
  checkRepeatable(context);
  checkRepeatable(drawing);
  expect(context.problems).toEqual([]);
  expect(drawing.problems.map(({ kind }) => kind)).toContain("randomness");
});

test("a kernel that writes to its input", () => {
  const { definition } = exp as unknown as { definition: OpDef };
  const writing = defineOp<(at: AnyTensor) => AnyTensor>({
    ...definition,
    forward: ([at]) => {
      const own = storageOf(at!) as Float64Array;
      own[0]! += 1;
      return own.map(Math.exp);
    },
  });
  expect(kinds(writing)).toEqual(["mutation: the function or its gradient wrote to an input: return new tensors"]);
});

test("a rule that keeps something from call to call", () => {
  let uses = 0;
  const { definition } = exp as unknown as { definition: OpDef };
  const first = defineOp<(at: AnyTensor) => AnyTensor>({
    ...definition,
    // Right for the first pass of a function, wrong where it stands twice.
    vjp: [([g], { output }) => (++uses > 3 ? mul(g!, 0) : mul(g!, output)) as AnyTensor],
  });
  const context = contextFor(scalar(first), x);
  checkAccumulation(context);
  expect(context.problems.map(({ kind }) => kind)).toEqual(["accumulation"]);
});
