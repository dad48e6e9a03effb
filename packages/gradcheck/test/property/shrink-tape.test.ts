import * as core from "@tapegrad/core";
import { type AnyTensor, add } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGradients } from "../../src/index.ts";
import { type RandomTape, tapes } from "../../src/property.ts";
import { withScaledRule } from "./planted.ts";

const agrees = ({ run, at }: RandomTape): boolean =>
  at.every(({ size }) => size === 0) || checkGradients(run, at, { explain: false }).verdict !== "fail";

describe("a wrong rule", () => {
  const { exp, gemm, sort, concat, where, solve, convolve } = core;
  // Enough others for a mistake to be hidden among them.
  const { tanh, matmul, layerNorm, median, take, split, norm, cumsum, einsum, greater, normal, conv2d } = core;
  const others = { tanh, matmul, layerNorm, median, take, split, norm, cumsum, einsum, greater, normal, conv2d };
  test.each(Object.entries({ exp, gemm, sort, concat, where, solve, convolve }))(
    "of %s is found, and shrinks to it alone",
    (name, op) => {
      const operations = { ...others, [name]: withScaledRule(op, 1.001) };
      const details = fc.check(fc.property(tapes({ operations }), agrees), { numRuns: 2000, seed: 3 });
      expect(details.failed).toBe(true);
      const [tape] = details.counterexample!;
      expect(tape.operations).toEqual([name]);
      // Elements of all inputs: what the operation cannot do without.
      expect(tape.at.reduce((count, { size }) => count + size, 0)).toBeLessThan(10);
    },
  );

  test("that shows only after another operation shrinks to the two", () => {
    // Right for what is an input, wrong for what is not: the rule sees whether its input was made by the other one.
    const made = new WeakSet<object>();
    const marks = core.defineOp<(x: AnyTensor) => AnyTensor>({
      name: "marks",
      infer: ([x]) => x!,
      forward: ([x]) => x!.data(),
      vjp: [([g]) => g!],
      jvp: "linear",
      samples: [{ args: [core.draw([2, 3])] }],
    });
    const marking = core.defineComposite<(x: AnyTensor) => AnyTensor>(marks.definition, (x: AnyTensor) => {
      const y = marks(x);
      made.add(y);
      return y;
    });
    const minds = core.defineOp<(x: AnyTensor) => AnyTensor>({
      name: "minds",
      infer: ([x]) => x!,
      forward: ([x]) => x!.data(),
      vjp: [([g], { inputs: [x] }) => (made.has(x!) ? (add(g!, g!) as AnyTensor) : g!)],
      jvp: "linear",
      samples: [{ args: [core.draw([2, 3])] }],
    });
    const operations = { marking, minds, exp: core.exp, sum: core.sum, mul: core.mul };
    const details = fc.check(fc.property(tapes({ operations }), agrees), { numRuns: 2000, seed: 3 });
    expect(details.counterexample![0].operations).toEqual(["marks", "minds"]);
  });
});

test("every way to shrink a tape gives one whose loss can be evaluated", () => {
  const arbitrary = tapes();
  for (const tape of fc.sample(arbitrary, { numRuns: 8, seed: 1 })) {
    for (const { value } of arbitrary.shrink(tape, undefined)) {
      expect(value.f(value.at).shape).toEqual([]);
      if (value.program.element !== undefined) expect(value.run(value.at)[0]!.item()).toBe(value.f(value.at).item());
      expect(value.plan.values.every(({ tensor }) => tensor.data().every(Number.isFinite))).toBe(true);
    }
  }
});
