import { stack } from "../composites/layout.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../key.ts";
import { apply, type Batched, type OpDef } from "../op.ts";
import { alignedInputs, allBatched } from "../ops/batching.ts";
import { broadcastTo, permute } from "../ops/movement.ts";
import { slice } from "../ops/slice.ts";
import { checkOptions } from "../options.ts";
import { asArray, type Program, reapply } from "../program.ts";
import { normalizeAxis, showShape } from "../shape.ts";
import type { Entry } from "../tape.ts";
import { type AnyTensor, abstract, emptyTensor, isTensor } from "../tensor.ts";
import { treeMap, withTensors } from "../tree.ts";
import type { Examples, Stacked } from "./mapped-types.ts";
import { trace } from "./trace.ts";

export interface VmapOptions {
  /** Per argument, the axis that counts the examples, or `null` for one that is the same for all; 0 for every argument if not given. */
  readonly inAxes?: number | readonly (number | null)[];
}

/** A tensor of the batched run: with the batch as first axis, or the same for all examples. */
interface Value {
  readonly tensor: AnyTensor;
  readonly batched: boolean;
}

/**
 * A function of one example as a function of a batch: the arguments, which are trees, have one more axis, and so have the results, as
 * the first. The function is traced once, on abstract values, and each of its operations runs for the whole batch. Composes with every
 * other transform, and with itself. Keys are the same for all examples; fold in a number that differs.
 * @throws ArgumentError when no argument is mapped; ShapeError when batches differ in size; AbstractValueError when the function reads
 * a value.
 * @example
 * const dot = (a: Tensor, b: Tensor) => sum(mul(a, b));
 * vmap(dot)(tensor([[1, 2], [3, 4]]), tensor([[1, 1], [2, 2]])).toArray(); // [3, 14]
 * // Gradients of each example by itself, for one model:
 * const perExample = vmap(grad((w: Tensor, x: Tensor) => sum(square(mul(w, x)))), { inAxes: [null, 0] });
 * perExample(tensor([1, 1]), tensor([[1, 2], [3, 4]])).toArray(); // [[2, 8], [18, 32]]
 */
export function vmap<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  options: VmapOptions = {},
): (...args: { [A in keyof Args]: Examples<Args[A]> }) => Stacked<Out> {
  checkOptions("vmap", options, "inAxes");
  return (...args) => {
    const { inAxes = 0 } = options;
    const axes = typeof inAxes === "number" ? args.map(() => inAxes) : inAxes;
    if (axes.length !== args.length) {
      throw new ArgumentError(
        "vmap",
        `there are ${axes.length} axes for ${args.length} arguments`,
        "give one axis, or null, per argument",
      );
    }
    const { size, examples, tensors, batched } = enter(args as unknown as Args, axes);
    const { program, captured, result } = trace("vmap", f, examples);
    const inputs = [...tensors, ...captured];
    const outputs = batchProgram(program, inputs, [...batched, ...captured.map(() => false)], size);
    return withTensors(result, outputs) as Stacked<Out>;
  };
}

/** One abstract example of the arguments, and for each of its tensors the batch of them, or what is the same for all. */
function enter<Args extends unknown[]>(
  args: Args,
  axes: readonly (number | null)[],
): { size: number; examples: Args; tensors: AnyTensor[]; batched: boolean[] } {
  let size: number | undefined;
  let sizeOf = "";
  const entered = new Map<AnyTensor, Value>();
  const examples = args.map((arg, position) => {
    const axis = axes[position]!;
    const note = (example: AnyTensor, tensor: AnyTensor, isBatched: boolean): AnyTensor => {
      entered.set(example, { tensor, batched: isBatched });
      return example;
    };
    return treeMap(arg, ({ value }) => {
      if (!isTensor(value)) return new Key(note(abstract(value.bits.shape, "int32"), value.bits, false) as Key["bits"]);
      if (axis === null) return note(abstract(value.shape, value.dtype), value, false);
      const at = normalizeAxis("vmap", axis, value.shape);
      const own = value.shape[at]!;
      if (size !== undefined && size !== own) {
        throw new ShapeError(
          "vmap",
          `${sizeOf} has ${size} examples and ${showShape(value.shape)} has ${own}`,
          "give batches of one size",
        );
      }
      [size, sizeOf] = [own, showShape(value.shape)];
      const example = abstract(value.shape.toSpliced(at, 1), value.dtype);
      const order = [at, ...value.shape.map((_, i) => i).filter((i) => i !== at)];
      return note(example, at === 0 ? value : (permute(value, order) as AnyTensor), true);
    });
  }) as Args;
  if (size === undefined)
    throw new ArgumentError(
      "vmap",
      "no tensor is mapped over",
      "give at least one argument with tensors an axis, as in { inAxes: [0, null] }; a key is the same for all, so fold in a number that differs",
    );
  const values = [...entered.values()];
  return {
    size,
    examples,
    tensors: values.map(({ tensor }) => tensor),
    batched: values.map((value) => value.batched),
  };
}

/** Runs a program of one example for a batch; every output gets the batch as first axis. */
export function batchProgram(
  program: Program,
  inputs: readonly AnyTensor[],
  batched: readonly boolean[],
  size: number,
): AnyTensor[] {
  const values = inputs.map((tensor, i) => ({ tensor, batched: batched[i]! }));
  const constant = (tensor: AnyTensor): Value => ({ tensor, batched: false });
  return program
    .interpret(values, constant, (entry, own) => runEntry(entry, own, size))
    .map((value) => (value.batched ? value.tensor : broadcastTo(value.tensor, [size, ...value.tensor.shape])));
}

/** Runs one operation for all examples. */
function runEntry(entry: Entry, values: readonly Value[], size: number): readonly Value[] {
  const inputs = values.map(({ tensor }) => tensor);
  const batched = values.map((value) => value.batched);
  const isBatched = batched.includes(true);
  const outputs = isBatched ? runBatch(entry, inputs, batched, size) : reapply(entry, inputs);
  return outputs.map((tensor) => ({ tensor, batched: isBatched }));
}

function runBatch(
  entry: Entry,
  inputs: readonly AnyTensor[],
  batched: readonly boolean[],
  size: number,
): readonly AnyTensor[] {
  const { operation, attributes, outputs } = entry;
  // Without an example there is nothing to run, and rules need not think of it.
  if (size === 0) return outputs.map(({ shape, dtype }) => emptyTensor([0, ...shape], dtype)[0]);
  const { batch } = operation as OpDef;
  if (batch) {
    const at: Batched = { size, batched, inputs: entry.inputs, outputs, attributes };
    if (typeof batch === "function") return asArray(batch(inputs, at));
    const ready = batch === "same" ? inputs : batch === "aligned" ? alignedInputs(inputs, at) : allBatched(inputs, at);
    return asArray(apply(operation as OpDef, ready, attributes));
  }
  const results = Array.from({ length: size }, (_, example) =>
    reapply(
      entry,
      inputs.map((input, i) => (batched[i] ? (slice(input, [example]) as AnyTensor) : input)),
    ),
  );
  return outputs.map((_, i) => stack(results.map((result) => result[i]!)) as AnyTensor);
}
