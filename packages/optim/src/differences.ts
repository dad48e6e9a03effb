import { isTensor, Key } from "@tapegrad/core/functions";
import { isDraftable } from "immer";

/** A place at which two trees differ, and what stands there in each. */
export interface Difference {
  readonly path: readonly string[];
  readonly from: unknown;
  readonly to: unknown;
}

/**
 * Where two trees differ, by values. Keys differ by their bits, tensors by shape and dtype only. Nodes with other names, or of another
 * class, are one difference as a whole, so that taking it back restores the order of names, too.
 */
export function differences(from: unknown, to: unknown, path: readonly string[] = []): Difference[] {
  if (isSame(from, to)) return [];
  const names = namesOf(from);
  const others = namesOf(to);
  const isAlike =
    names?.length === others?.length &&
    names?.every((name, i) => name === others![i]) === true &&
    Object.getPrototypeOf(from) === Object.getPrototypeOf(to);
  if (!isAlike) return [{ path, from, to }];
  const child = (node: unknown, name: string): unknown => (node as Record<string, unknown>)[name];
  return names!.flatMap((name) => differences(child(from, name), child(to, name), [...path, name]));
}

/** The names of what a node holds; `undefined` for a value. */
function namesOf(value: unknown): readonly string[] | undefined {
  const isNode = isDraftable(value) && !(value instanceof Map) && !(value instanceof Set);
  return isNode ? Object.keys(value as object) : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (isTensor(a) && isTensor(b)) return a.dtype === b.dtype && a.shape.join() === b.shape.join();
  if (!(a instanceof Key && b instanceof Key)) return false;
  const [left, right] = [a.bits.data(), b.bits.data()];
  return left[0] === right[0] && left[1] === right[1];
}
