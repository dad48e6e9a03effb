import { type AnyTensor, isTensor, treeLeaves } from "@tapegrad/core/functions";
import { differences } from "./differences.ts";
import { checkHistory, type History, outlineAt } from "./history.ts";

/** By how much a tensor differs. */
export interface TensorChange {
  /** `model.layers.0.weight` */
  readonly path: string;
  /** max |b − a| over the elements. */
  readonly largest: number;
  /** ‖b − a‖ / max(‖a‖, ‖b‖). */
  readonly relative: number;
}

/** A value that differs. */
export interface ValueChange {
  /** `state.hyper.learningRate` */
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What differs between two steps of a history. */
export interface Comparison {
  /** Hyper-parameters, keys, cursors and everything else; where a tensor is gone or has another shape or dtype, abstract ones. */
  readonly values: readonly ValueChange[];
  /** Tensors of the same shape with other elements; `null` where one of the steps did not keep its tensors. */
  readonly tensors: readonly TensorChange[] | null;
}

/**
 * What differs between two steps: values by path, from what to what, and tensors by path, by how much.
 * @throws ArgumentError for a step that there is not.
 * @example
 * const past = remember(history({ w: tensor([3, 4]), rate: 0.1 }), { w: tensor([3, 3]), rate: 0.2 });
 * compare(past, 0, 1).values; // [{ path: "rate", from: 0.1, to: 0.2 }]
 * compare(past, 0, 1).tensors; // [{ path: "w", largest: 1, relative: 0.2 }]
 */
export function compare<T>(past: History<T>, a: number, b: number): Comparison {
  checkHistory("compare", past);
  const found = differences(outlineAt("compare", past, a), outlineAt("compare", past, b));
  const values = found.map(({ path, from, to }) => ({ path: path.join("."), from, to }));
  const [before, after] = [a, b].map((step) => past.moments.find((moment) => moment.step === step)!.kept);
  return { values, tensors: before === null || after === null ? null : tensorChanges(before, after) };
}

function tensorChanges(a: unknown, b: unknown): TensorChange[] {
  const others = new Map(treeLeaves(b).map(({ path, value }) => [path, value]));
  return treeLeaves(a).flatMap(({ path, value }) => {
    const other = others.get(path);
    if (!isTensor(value) || !isTensor(other) || value === other) return [];
    // Another shape or dtype is among the values.
    if (value.dtype !== other.dtype || value.shape.join() !== other.shape.join()) return [];
    const change = changeOf(value, other);
    return change === undefined ? [] : [{ path, ...change }];
  });
}

function changeOf(a: AnyTensor, b: AnyTensor): Omit<TensorChange, "path"> | undefined {
  const [left, right] = [a.data(), b.data()];
  let [isSame, largest, distance, before, after] = [true, 0, 0, 0, 0];
  for (let i = 0; i < left.length; i++) {
    const [from, to] = [Number(left[i]), Number(right[i])];
    before += from * from;
    after += to * to;
    if (Object.is(from, to)) continue;
    isSame = false;
    const difference = Math.abs(to - from);
    // Math.max passes NaN on, so that a parameter which became NaN shows.
    largest = Math.max(largest, difference);
    distance += difference * difference;
  }
  if (isSame) return undefined;
  return { largest, relative: distance === 0 ? 0 : Math.sqrt(distance / Math.max(before, after)) };
}
