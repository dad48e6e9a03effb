import { type AnyTensor, type Applied, concat, gemm, type OpDef, solve, sum, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { rerun } from "../src/engine/rerun.ts";
import { rulesOf } from "../src/mutate-normalize.ts";

const double = (values: number[][]): AnyTensor => tensor(values, { dtype: "float64" }) as AnyTensor;
const definitionOf = (op: unknown): OpDef => (op as { definition: OpDef }).definition;
const [a, b] = [
  double([
    [2, 0],
    [0, 4],
  ]),
  double([[1], [1]]),
];

function executed(op: unknown, inputs: readonly AnyTensor[], attributes: object = {}): Applied {
  const outputs = rerun({ operation: definitionOf(op), attributes }, inputs);
  return { inputs, outputs, output: outputs[0]!, attributes };
}

test("rules for each input, joint ones and linear ones have one form", () => {
  const at = executed(gemm, [a, b], { transposeA: false, transposeB: false });
  const { pull, push } = rulesOf(definitionOf(gemm));
  expect(pull(1, [b], at, [true])!.toArray()).toEqual([[2], [4]]);
  expect(push!(1, b, at)[0]!.toArray()).toEqual([[2], [4]]);

  const joint = rulesOf(definitionOf(solve));
  const solved = executed(solve, [a, b]);
  expect(joint.pull(1, [b], solved, [true])!.toArray()).toEqual([[0.5], [0.25]]);
  expect(joint.push!(1, b, solved)[0]!.toArray()).toEqual([[0.5], [0.25]]);

  const linear = rulesOf(definitionOf(concat));
  const joined = executed(concat, [b, b], { axis: 0 });
  expect(linear.push!(1, b, joined)[0]!.toArray()).toEqual([[0], [0], [1], [1]]);
});

test("an operation without forward mode has no push, one without rules no pull", () => {
  const { jvp: _, ...reverseOnly } = definitionOf(sum);
  expect(rulesOf(reverseOnly).push).toBeUndefined();
  const { vjp: __, ...none } = definitionOf(gemm);
  expect(
    rulesOf(none).pull(0, [b], executed(gemm, [a, b], { transposeA: false, transposeB: false }), [true]),
  ).toBeNull();
});
