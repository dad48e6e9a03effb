import type { DType } from "../dtype.ts";
import { Key } from "../key.ts";
import type { Shape } from "../shape.ts";
import { storageOf, Tensor } from "../tensor.ts";
import { type Mapped, treeMap } from "../tree.ts";

/**
 * A tree with copies of its tensors and keys, which stay when the tree itself is handed over to a compiled function: the best model so far, or one to
 * start from again.
 * @throws DonatedError when a tensor was handed over before.
 * @example
 * const start = { w: tensor([1, 2]) };
 * const step = compile((at: typeof start) => ({ w: mul(at.w, 2) }), { donate: [0] });
 * step(snapshot(start));
 * start.w.toArray(); // [1, 2]
 */
export function snapshot<T>(tree: T): T {
  const copied = <S extends Shape, D extends DType>(tensor: Tensor<S, D>): Tensor<S, D> =>
    new Tensor(tensor.shape, tensor.dtype, storageOf(tensor).slice());
  return treeMap(tree, ({ value }) => (value instanceof Key ? new Key(copied(value.bits)) : copied(value))) as Mapped<
    T,
    never
  > as T;
}
