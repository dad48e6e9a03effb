import { type AnyTensor, compile, logicalNot, tensor, valueAndGrad } from "@tapegrad/core";
import { tapes } from "@tapegrad/gradcheck/property";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configurations, differenceInDouble, differenceInSingle, withConfiguration } from "./compiled/compare-tape.ts";

describe("compiled programs do what operations do, values, gradients, and derivatives of those", () => {
  test("in float64", () => {
    const property = fc.property(tapes(), configurations, (tape, configuration) => {
      expect(differenceInDouble(tape, configuration)).toBeNull();
    });
    fc.assert(property, { numRuns: 25, seed: 1 });
  });

  test("in float32, as near to float64", () => {
    const property = fc.property(tapes(), configurations, (tape, configuration) => {
      expect(differenceInSingle(tape, configuration) ?? null).toBeNull();
    });
    fc.assert(property, { numRuns: 25, seed: 2 });
  });
});

describe("what random tapes found", () => {
  const plain = { machine: 0, threads: 1, without: [], mostTogether: 60 };

  test("values that nobody uses are computed in their first run through a group, without the pass that takes them out", () => {
    const f = ([x]: readonly [AnyTensor]): AnyTensor => {
      const y = x.sub(x.max()).exp();
      y.neg().neg();
      return y.div(y.sum()).mul(y).sum();
    };
    const at = [tensor([0.5, 1, 2], { dtype: "float64" })] as const;
    const eager = valueAndGrad(f)(at);
    const compiled = withConfiguration({ ...plain, without: ["dead code"] }, () => compile(valueAndGrad(f))(at));
    expect(compiled.value.item()).toBeCloseTo(eager.value.item() as number, 12);
  });

  test("negation of bools that is in no group does not run while the program is made", () => {
    const given = tensor([true, false, true]);
    const f = compile((x: AnyTensor) => logicalNot(x));
    expect(withConfiguration({ ...plain, mostTogether: 0 }, () => f(given)).toArray()).toEqual([false, true, false]);
  });
});
