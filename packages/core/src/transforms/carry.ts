import { DTypeError, ShapeError, TreeError } from "../errors.ts";
import { Key } from "../key.ts";
import { sameShape, showShape } from "../shape.ts";
import type { AnyTensor } from "../tensor.ts";
import { treeMap, treeVisit } from "../tree.ts";

/**
 * That a step hands on what it was handed: a tree of the same structure, shapes and dtypes.
 * @throws TreeError, ShapeError or DTypeError, with the path at which they differ.
 */
export function checkCarry(name: string, before: unknown, after: unknown): void {
  const [was, is] = [structureOf(before), structureOf(after)];
  if (was !== is) {
    throw new TreeError(
      name,
      `what is carried is ${was} before a step and ${is} after it`,
      "return the same structure; numbers that change must be tensors",
    );
  }
  treeVisit(
    before,
    (leaf, other) => {
      if (leaf.value instanceof Key) return;
      const [{ shape, dtype }, next] = [leaf.value, other as AnyTensor];
      const what = leaf.path === "" ? "what is carried" : `the carried ${leaf.path}`;
      if (!sameShape(shape, next.shape)) {
        throw new ShapeError(
          name,
          `${what} is ${showShape(shape)} before a step and ${showShape(next.shape)} after it`,
          "start with the shape that the step returns",
        );
      }
      if (dtype !== next.dtype)
        throw new DTypeError(name, `${what} is ${dtype} before a step and ${next.dtype} after it`, "cast one of them");
    },
    after,
  );
}

/** A tree in words, without shapes: equal for trees that differ in their tensors only. */
export function structureOf(tree: unknown): string {
  return JSON.stringify(treeMap(tree, ({ kind }) => (kind === "key" ? "key" : "tensor"))) ?? "nothing";
}
