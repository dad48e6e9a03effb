import {
  type AnyTensor,
  DTypeError,
  isTensor,
  lessEqual,
  logicalAnd,
  reshape,
  type Shape,
  ShapeError,
  type Tensor,
  where,
} from "@tapegrad/core/functions";
import { formOf } from "../check-input.ts";

type Bool = Tensor<Shape, "bool">;

/** Masks of `scaledDotProductAttention` joined: a query may attend to a key where all let it. */
export function joined(masks: readonly (AnyTensor | undefined)[]): AnyTensor | undefined {
  const given = masks.filter((mask) => mask !== undefined);
  const bools = given.filter(({ dtype }) => dtype === "bool") as Bool[];
  const allowed = bools.length === 0 ? undefined : bools.reduce((a, b) => logicalAnd(a, b) as Bool);
  // At most one is of floats: that which was given.
  const added = given.find(({ dtype }) => dtype !== "bool");
  if (allowed === undefined || added === undefined) return allowed ?? added;
  return where(allowed, added, Number.NEGATIVE_INFINITY) as AnyTensor;
}

/** A mask of keys, bool [batch, S], as one of scores: [batch, 1, 1, S]. @throws ShapeError, DTypeError for another. */
export function ofKeys(name: string, mask: AnyTensor | undefined, batch: number, keys: number): AnyTensor | undefined {
  if (mask === undefined) return undefined;
  if (!isTensor(mask) || mask.rank !== 2 || mask.shape[0] !== batch || mask.shape[1] !== keys) {
    throw new ShapeError(
      name,
      `the mask of keys is ${formOf(mask)}`,
      `give [${batch}, ${keys}], or a mask of [..., queries, keys] as \`mask\``,
    );
  }
  if (mask.dtype !== "bool") {
    throw new DTypeError(name, `the mask of keys is ${mask.dtype}`, "give bool, true where there is a key");
  }
  return reshape(mask, [batch, 1, 1, keys]) as AnyTensor;
}

/** Whether a key stands at the position of a query, or before it: [queries, keys]. */
export function upTo(queries: AnyTensor, keys: AnyTensor): AnyTensor {
  return lessEqual(keys, reshape(queries, [queries.shape[0]!, 1])) as AnyTensor;
}
