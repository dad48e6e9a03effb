import { type AnyTensor, adopt, argmax, exp, mul, split, stopGradient, tensor } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { type Operation, type Place, planTape, type TapeNode, type TapeProgram } from "../../src/property/plan-tape.ts";

const node = (operation: unknown, sources: readonly Place[], more: Partial<TapeNode> = {}): TapeNode => ({
  operation: operation as Operation,
  sample: 0,
  sources,
  seed: 1,
  ...more,
});
const x = adopt(Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6), [2, 3]) as AnyTensor;
const plan = (nodes: readonly TapeNode[], more: Partial<TapeProgram> = {}) =>
  planTape({ inputs: [x], nodes, outputs: [], seed: 1, ...more });
const linesOf = (nodes: readonly TapeNode[], more: Partial<TapeProgram> = {}): string[] =>
  plan(nodes, more).lines.map(({ name }) => name);

describe("planTape", () => {
  test("feeds an input that fits as it is, and gives the values of all producers", () => {
    const { lines, values, outputs } = plan([node(exp, [[0, 0]])]);
    expect(lines.map(({ name }) => name)).toEqual(["exp"]);
    expect(values.map(({ place }) => place)).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(outputs.map(({ place }) => place)).toEqual([[1, 0]]);
  });

  test("uses a value that was fed before again", () => {
    // The result of exp is not in [-1, 1], so that it must be brought there, once for both operands.
    expect(linesOf([node(exp, [[0, 0]]), node(mul, [[1, 0]])])).toEqual(["exp", "mul", "mul"]);
  });

  test("counts places modulo what there is, from the end if negative", () => {
    const far = plan([node(exp, [[0, 0]]), node(exp, [[-1, 7]]), node(exp, [[997, -5]])]);
    expect(far.sources.map(([source]) => source!.place)).toEqual([
      [0, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  test("passes over results without elements", () => {
    const { sources, outputs } = plan([node(split, [[0, 0]], { sample: 1 }), node(exp, [[1, 1]])], {});
    // [1, 0, 4]: the second part is empty.
    expect(sources[1]![0]!.place).not.toEqual([1, 1]);
    expect(outputs.some(({ tensor: { size } }) => size === 0)).toBe(true);
  });

  test("makes float64 of integer results, and constants of what has no gradient on purpose", () => {
    expect(linesOf([node(argmax, [[0, 0]])]).slice(-2)).toEqual(["argmax", "cast"]);
    const { sources } = plan([node(stopGradient, [[0, 0]])]);
    expect(sources).toEqual([[]]);
  });

  test("makes the loss of the named outputs alone, or of one element", () => {
    const nodes = [node(exp, [[0, 0]]), node(exp, [[0, 0]])];
    const only = plan(nodes, { outputs: [[1, 0]], only: true, element: 4 });
    expect(only.outputs.map(({ place }) => place)).toEqual([[1, 0]]);
    expect(only.loss).toMatchObject({ name: "slice", args: [{ index: 1 }, [1, 1]] });
  });

  test("weighs results so that they count alike, whatever their sizes", () => {
    const large = planTape({
      inputs: [tensor([1e6, 2e6], { dtype: "float64" }) as AnyTensor],
      nodes: [],
      outputs: [],
      seed: 1,
    });
    const [product] = (large.loss as unknown as { args: { args: [unknown, AnyTensor] }[] }).args;
    expect(product!.args[1].data().every((weight) => Math.abs(weight) < 2e-7)).toBe(true);
  });
});
