import { ReplayError } from "../errors.ts";
import { Key } from "../key.ts";
import { apply, type OpDef } from "../op.ts";
import { alias } from "../ops/cast.ts";
import { sameShape, showShape } from "../shape.ts";
import { type Entry, recordOn, Tape } from "../tape.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";
import { treeMap, treeVisit } from "../tree.ts";
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
    const inputs = new Map<AnyTensor, AnyTensor>();
    const fresh = mapTensors(args, (tensor) => {
      const input = alias(tensor);
      inputs.set(tensor, input);
      return input;
    });
    const tape = new Tape([...inputs.values()]);
    const value = recordOn(tape, () => f(...fresh));
    refusePromise("record", value);
    outputsOf("record", value);
    return { value, tape, replay: (...others) => replay(tape, args, inputs, value, others) };
  };
}

/** A tree with each tensor, and the tensor in each key, mapped. */
function mapTensors<T>(
  tree: T,
  f: (tensor: AnyTensor, ...others: readonly unknown[]) => AnyTensor,
  ...others: readonly unknown[]
): T {
  return treeMap(
    tree,
    ({ value }, ...beside) =>
      isTensor(value)
        ? f(value, ...beside)
        : new Key(f(value.bits, ...beside.map((other) => (other instanceof Key ? other.bits : other))) as Key["bits"]),
    ...others,
  ) as T;
}

function replay<Args extends unknown[], Out>(
  tape: Tape,
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
  for (const entry of tape.entries) {
    const inputs = entry.inputs.map((input) => known.get(input) ?? input);
    for (const [i, output] of reapply(entry, inputs).entries()) known.set(entry.outputs[i]!, output);
  }
  return mapTensors(value, (output) => known.get(output) ?? output);
}

/** Runs the operation of an entry for other inputs. */
function reapply(entry: Entry, inputs: readonly AnyTensor[]): readonly AnyTensor[] {
  const definition = entry.operation as OpDef;
  if (definition.reapply) return definition.reapply(inputs, entry.attributes);
  const result = apply(definition, inputs, entry.attributes);
  return isTensor(result) ? [result] : result;
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
