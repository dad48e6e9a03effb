import { ReplayError } from "../errors.ts";
import { Key } from "../key.ts";
import { alias } from "../ops/cast.ts";
import { Program } from "../program.ts";
import { sameShape, showShape } from "../shape.ts";
import { recordOn, Tape } from "../tape.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";
import { tensorsOf, treeVisit, withTensors } from "../tree.ts";
import { outputsOf, refusePromise } from "./trees.ts";

/** A function's run, as a program. */
export interface Recording<Args extends unknown[], Out> {
  /** What the function returned. */
  readonly value: Out;
  /** The operations that depend on the arguments, in order of execution. */
  readonly tape: Tape;
  /**
   * Runs the operations again for other arguments of the same structure, shapes and dtypes, without calling the function.
   * Random draws whose key is an argument are drawn anew from the key given.
   * @throws ReplayError when the function read a value of a tensor that depends on its arguments, with the place; or
   * when an argument has another shape or dtype.
   */
  readonly replay: (...args: Args) => Out;
}

/**
 * Runs a function and records what it does with the tensors in its arguments, which are trees.
 * @throws GradientError when the function returns a promise or no tensor.
 * @example
 * const { tape, replay } = record((x: Tensor) => sum(exp(x)))(tensor([0, 0]));
 * tape.entries.map((entry) => entry.operation.name); // ["exp", "sum"]
 * replay(tensor([1, 1])).item(); // 5.4365634918212890625
 */
export function record<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
): (...args: Args) => Recording<Args, Out> {
  return (...args) => {
    const places = tensorsOf(args);
    const inputs = new Map(places.map((tensor) => [tensor, alias(tensor) as AnyTensor]));
    const fresh = withTensors(
      args,
      places.map((tensor) => inputs.get(tensor)!),
    );
    const tape = new Tape([...inputs.values()]);
    const value = recordOn(tape, () => f(...fresh));
    refusePromise("record", value);
    outputsOf("record", value);
    const program = new Program(tape.inputs, tape.entries, tensorsOf(value));
    return { value, tape, replay: (...others) => replay(tape, program, args, inputs, value, others) };
  };
}

function replay<Args extends unknown[], Out>(
  tape: Tape,
  program: Program,
  args: Args,
  inputs: ReadonlyMap<AnyTensor, AnyTensor>,
  value: Out,
  others: Args,
): Out {
  tape.assertReplayable();
  const known = new Map<AnyTensor, AnyTensor>();
  treeVisit(
    args,
    ({ value: leaf, path }, other) => {
      const before = tensorOf(leaf) as AnyTensor;
      const now = tensorOf(other);
      checkArgument(before, now);
      const input = inputs.get(before)!;
      if ((known.get(input) ?? now) !== now) {
        throw new ReplayError(
          "replay",
          `argument ${path} was one tensor with another when the tape was recorded, and now differs from it`,
          "record the function with tensors of their own",
        );
      }
      known.set(input, now);
    },
    others,
  );
  return withTensors(value, program.run(program.inputs.map((input) => known.get(input)!)));
}

function tensorOf(leaf: unknown): unknown {
  return leaf instanceof Key ? leaf.bits : leaf;
}

function checkArgument(before: AnyTensor, now: unknown): asserts now is AnyTensor {
  if (!isTensor(now))
    throw new ReplayError(
      "replay",
      "an argument lacks a tensor that was there when the tape was recorded",
      "give the same structure",
    );
  if (!sameShape(before.shape, now.shape) || before.dtype !== now.dtype) {
    throw new ReplayError(
      "replay",
      `the tape was recorded for ${before.dtype} ${showShape(before.shape)}, not ${now.dtype} ${showShape(now.shape)}`,
      "record the function again for other shapes",
    );
  }
}
