import type { DType } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import type { TensorSpec } from "../op.ts";
import { type Shape, sameShape, showShape } from "../shape.ts";

// What operations with indices refuse; not part of the public interface.

export function checkIndex(operation: string, dtype: DType): void {
  if (dtype !== "int32")
    throw new DTypeError(operation, `indices are ${dtype}`, 'cast them, as in cast(indices, "int32")');
}

export function refuse(operation: string, bad: number | undefined, length: number): void {
  if (bad === undefined) return;
  throw new ArgumentError(
    operation,
    `index ${bad} is outside an axis of length ${length}`,
    `use ${-length} to ${length - 1}`,
  );
}

/** Classes have no negative indices. */
export function refuseClass(bad: number | undefined, classes: number): void {
  if (bad === undefined) return;
  throw new ArgumentError("oneHot", `index ${bad} is none of ${classes} classes`, `use 0 to ${classes - 1}`);
}

/** Gathering takes a part of x when the index is shorter along an axis, so only the axis itself is free. */
export function checkFits(operation: string, x: Shape, index: Shape, axis: number): void {
  const fits = x.length === index.length && index.every((size, i) => i === axis || size <= x[i]!);
  if (fits) return;
  throw new ShapeError(
    operation,
    `an index of ${showShape(index)} does not fit ${showShape(x)} along axis ${axis}`,
    "give as many axes, none longer than those of the tensor except the axis itself",
  );
}

export function refuseBools(operation: string, { dtype }: TensorSpec): void {
  if (dtype === "bool") throw new DTypeError(operation, "bools do not add up", 'cast them, as in cast(x, "int32")');
}

export function checkSource(name: string, x: TensorSpec, source: TensorSpec, shape: Shape): void {
  if (!sameShape(source.shape, shape)) {
    throw new ShapeError(
      name,
      `a source of ${showShape(source.shape)} does not match ${showShape(shape)}`,
      "give one element per index",
    );
  }
  if (source.dtype !== x.dtype) {
    throw new DTypeError(
      name,
      `a ${source.dtype} source does not fit into ${x.dtype}`,
      `cast it, as in cast(source, "${x.dtype}")`,
    );
  }
}
