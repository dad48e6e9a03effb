import { describe, expect, test } from "vitest";
import { type AnyTensor, abstract, add, exp, mul, Program, record, split, tensor } from "../src/index.ts";

/** The program of a function of tensors. */
function programOf(f: (...xs: AnyTensor[]) => readonly AnyTensor[], ...like: AnyTensor[]): Program {
  const { tape, value } = record(f)(...like);
  return new Program(tape.inputs, tape.entries, value);
}

const x = tensor([1, 2]) as AnyTensor;

describe("a program", () => {
  test("runs for other inputs, with its constants", () => {
    const program = programOf((a, b) => [mul(add(a, 1), b), a], x, tensor([3, 4]) as AnyTensor);
    const made = program.run([tensor([10, 20]) as AnyTensor, tensor([1, 2]) as AnyTensor]);
    expect(made.map((t) => t.toArray())).toEqual([
      [11, 42],
      [10, 20],
    ]);
  });

  test("runs twice the same: nothing is left of the first run", () => {
    const program = programOf((a) => [exp(a), ...split(a, 2)], x);
    const [first, second] = [program.run([x]), program.run([x])];
    expect(first.map((t) => t.toArray())).toEqual(second.map((t) => t.toArray()));
  });

  test("gives inputs and constants that are outputs, also several times", () => {
    const constant = tensor(7) as AnyTensor;
    const program = programOf((a) => [a, constant, a], x);
    expect(program.run([tensor([5, 6]) as AnyTensor]).map((t) => t.toArray())).toEqual([[5, 6], 7, [5, 6]]);
  });

  test("runs on abstract values", () => {
    const [y] = programOf((a) => [exp(a)], x).run([abstract([2], "float32")]);
    expect([y!.isAbstract, y!.shape]).toEqual([true, [2]]);
  });

  test("is interpreted on values of any kind: how deep each result is", () => {
    const program = programOf((a, b) => [mul(exp(add(a, b)), 2), b], x, x.add(0) as AnyTensor);
    const depths = program.interpret(
      [0, 0],
      () => 0,
      ({ outputs }, inputs) => outputs.map(() => 1 + Math.max(...inputs)),
    );
    expect(depths).toEqual([3, 0]);
  });
});
