import * as core from "@tapegrad/core";
import { type AnyTensor, ArgumentError, exp, gemm, isChecked, jvp, key, mul, sum, tensor, vjp } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { checkGradients, type Mutation, mutateRule, mutationsOf } from "../src/index.ts";
import { callsAt } from "../src/kill-rate-calls.ts";
import { definitionOf } from "../src/mutate-rule.ts";

const x = tensor([0.1, 0.2, 0.3], { dtype: "float64" }) as AnyTensor;
const g = tensor([1, 2, 3], { dtype: "float64" }) as AnyTensor;
const right = { input: 0, mode: "reverse", order: 1 } as const;

/** The pull-back of a mutated exp at x, for the cotangent g. */
const pulled = (mutation: Partial<Mutation>): number[] =>
  Array.from((vjp(mutateRule(exp, { ...right, ...mutation } as Mutation))(x).pullBack(g as never) as AnyTensor).data());
const expected = [...x.data()].map((value, i) => (i + 1) * Math.exp(value));

describe("mutateRule", () => {
  test("leaves values as they are", () => {
    expect(mutateRule(exp, { ...right, kind: "sign" })(x).toArray()).toEqual(exp(x).toArray());
  });

  test("scales, turns, drops and moves a gradient", () => {
    expect(pulled({ kind: "scale", factor: 2 })).toEqual(expected.map((value) => 2 * value));
    expect(pulled({ kind: "sign" })).toEqual(expected.map((value) => -value));
    expect(pulled({ kind: "dropped input" })).toEqual([0, 0, 0]);
    expect(pulled({ kind: "dropped element" })).toEqual([expected[0], expected[1], 0]);
    expect(pulled({ kind: "off by one" })).toEqual([expected[2], expected[0], expected[1]]);
  });

  test("ignores the cotangent, or uses what it saved of another element", () => {
    expect(pulled({ kind: "ignored cotangent" })).toEqual([...exp(x).data()]);
    const [a, b, c] = [...exp(x).data()] as [number, number, number];
    expect(pulled({ kind: "stale saved value", of: 1 })).toEqual([c, 2 * a, 3 * b]);
  });

  test("takes one operand for the other, and the first row for the sum over a broadcast axis", () => {
    const [a, b] = [tensor([[1, 2]], { dtype: "float64" }), tensor([[3], [4]], { dtype: "float64" })] as AnyTensor[];
    const ones = core.ones([2, 2], { dtype: "float64" });
    const gradients = (mutation: Mutation) =>
      (
        vjp(([p, q]: readonly AnyTensor[]) => mutateRule(mul, mutation)(p!, q!))([a!, b!]).pullBack(
          ones as never,
        ) as readonly AnyTensor[]
      ).map((gradient) => gradient.toArray());
    expect(gradients({ ...right, kind: "sign" })[1]).toEqual([[3], [3]]);
    expect(gradients({ ...right, kind: "missing un-broadcast" })[0]).toEqual([[3, 3]]);
    expect(gradients({ ...right, kind: "swapped operands", of: 1 })[0]).toEqual([[2, 4]]);
  });

  test("transposes a gradient, and drops a term of it", () => {
    const a = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: "float64" },
    ) as AnyTensor;
    const transposed = vjp((p: AnyTensor) => mutateRule(gemm, { ...right, kind: "wrong axis" })(p, a))(a);
    expect((transposed.pullBack(core.ones([2, 2], { dtype: "float64" }) as never) as AnyTensor).toArray()).toEqual([
      [3, 3],
      [7, 7],
    ]);
    // 1 − tanh² without the 1, or without tanh².
    const y = Math.tanh(0.1);
    const without = (term: number): number =>
      Number(
        (
          core.grad((p: AnyTensor) => mutateRule(core.tanh, { ...right, kind: "dropped term", of: term })(p))(
            tensor(0.1, { dtype: "float64" }),
          ) as AnyTensor
        ).item(),
      );
    expect([without(0), without(1)].map((value) => value.toFixed(12)).sort()).toEqual(
      [(-y * y).toFixed(12), (1).toFixed(12)].sort(),
    );
  });

  test("may be wrong in forward mode, or in both", () => {
    const tangent = (mode: Mutation["mode"]): number[] =>
      Array.from(
        (jvp(mutateRule(exp, { ...right, mode, kind: "scale", factor: 2 }))(x, g as never).tangent as AnyTensor).data(),
      );
    const doubled = expected.map((value) => 2 * value);
    expect([tangent("reverse"), tangent("forward"), tangent("both")]).toEqual([expected, doubled, doubled]);
    expect(() => mutateRule(exp, { ...right, mode: "forward", kind: "off by one" })).toThrow(
      'mutateRule: there is no "off by one" in forward mode',
    );
  });

  test("may be wrong at second order only", () => {
    for (const mutation of mutationsOf(exp).filter(({ order }) => order === 2)) {
      const f = (at: AnyTensor) => sum(mutateRule(exp, mutation)(at));
      expect(checkGradients(f, x).verdict).toBe("pass");
      expect(checkGradients(f, x, { order: 2 }).verdict).toBe("fail");
    }
  });

  test("makes copies that are right where the mistake is none", () => {
    for (const op of Object.values(core)) {
      const definition = definitionOf(op);
      if (!isChecked(op) || definition?.vjp === undefined) continue;
      const copy = mutateRule(op, { ...right, mode: "both", kind: "scale", factor: 1 });
      const [call] = callsAt(copy as never, definition, "3×4", key(1));
      expect(checkGradients(call!.of(copy as never), call!.drawn.floats).verdict, definition.name).toBe("pass");
    }
  });

  test("refuses what has no rules", () => {
    expect(() => mutateRule(core.silu, { ...right, kind: "sign" })).toThrow(ArgumentError);
    expect(() => mutateRule(core.floor, { ...right, kind: "sign" })).toThrow(
      "mutateRule: this is no operation with gradient rules; give an operation made by defineOp",
    );
  });
});
