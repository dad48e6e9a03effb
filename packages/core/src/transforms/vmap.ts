import { stack } from "../composites/layout.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../key.ts";
import { apply, type Batched, type OpDef } from "../op.ts";
import { alignedInputs, allBatched } from "../ops/batching.ts";
import { broadcastTo, permute } from "../ops/movement.ts";
import { slice } from "../ops/slice.ts";
import { checkOptions } from "../options.ts";
import { normalizeAxis, showShape } from "../shape.ts";
import { type Entry, recordOn, Tape } from "../tape.ts";
import { type AnyTensor, abstract, emptyTensor, isTensor } from "../tensor.ts";
import { treeMap } from "../tree.ts";
import { outputsOf } from "./trees.ts";

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
): (...args: Args) => Out {
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
    const env = new Map<AnyTensor, Value>();
    const { size, examples } = enter(args, axes, env);
    const tape = new Tape([...env.keys()], { isTrace: true });
    const result = recordOn(tape, () => f(...examples));
    outputsOf("vmap", result);
    for (const entry of tape.entries) runEntry(entry, env, size);
    return mapTensors(result, (output) => {
      const value = env.get(output) ?? { tensor: output, batched: false };
      return value.batched ? value.tensor : (broadcastTo(value.tensor, [size, ...value.tensor.shape]) as AnyTensor);
    });
  };
}

/** One abstract example of the arguments, and what each of its tensors stands for. */
function enter<Args extends unknown[]>(
  args: Args,
  axes: readonly (number | null)[],
  env: Map<AnyTensor, Value>,
): { size: number; examples: Args } {
  let size: number | undefined;
  let sizeOf = "";
  const examples = args.map((arg, position) => {
    const axis = axes[position]!;
    return mapTensors(arg, (tensor, isKey) => {
      if (axis === null || isKey) {
        const example = abstract(tensor.shape, tensor.dtype);
        env.set(example, { tensor, batched: false });
        return example;
      }
      const at = normalizeAxis("vmap", axis, tensor.shape);
      const own = tensor.shape[at]!;
      if (size !== undefined && size !== own) {
        throw new ShapeError(
          "vmap",
          `${sizeOf} has ${size} examples and ${showShape(tensor.shape)} has ${own}`,
          "give batches of one size",
        );
      }
      [size, sizeOf] = [own, showShape(tensor.shape)];
      const example = abstract(tensor.shape.toSpliced(at, 1), tensor.dtype);
      const order = [at, ...tensor.shape.map((_, i) => i).filter((i) => i !== at)];
      env.set(example, { tensor: at === 0 ? tensor : (permute(tensor, order) as AnyTensor), batched: true });
      return example;
    });
  }) as Args;
  if (size === undefined)
    throw new ArgumentError(
      "vmap",
      "no argument is mapped over",
      "give at least one an axis, as in { inAxes: [0, null] }",
    );
  return { size, examples };
}

function mapTensors<T>(tree: T, f: (tensor: AnyTensor, isKey: boolean) => AnyTensor): T {
  return treeMap(tree, ({ value }) =>
    isTensor(value) ? f(value, false) : new Key(f(value.bits, true) as Key["bits"]),
  ) as T;
}

/** Runs one operation for all examples. */
function runEntry(entry: Entry, env: Map<AnyTensor, Value>, size: number): void {
  const values = entry.inputs.map((input) => env.get(input) ?? { tensor: input, batched: false });
  const inputs = values.map(({ tensor }) => tensor);
  const batched = values.map((value) => value.batched);
  const isBatched = batched.includes(true);
  const outputs = isBatched ? runBatch(entry, inputs, batched, size) : runOnce(entry, inputs);
  entry.outputs.forEach((output, i) => {
    env.set(output, { tensor: outputs[i]!, batched: isBatched });
  });
}

function runOnce({ operation, attributes }: Entry, inputs: readonly AnyTensor[]): readonly AnyTensor[] {
  const definition = operation as OpDef;
  if (definition.reapply) return definition.reapply(inputs, attributes);
  return asArray(apply(definition, inputs, attributes));
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
    runOnce(
      entry,
      inputs.map((input, i) => (batched[i] ? (slice(input, [example]) as AnyTensor) : input)),
    ),
  );
  return outputs.map((_, i) => stack(results.map((result) => result[i]!)) as AnyTensor);
}

const asArray = (value: AnyTensor | readonly AnyTensor[]): readonly AnyTensor[] => (isTensor(value) ? [value] : value);
