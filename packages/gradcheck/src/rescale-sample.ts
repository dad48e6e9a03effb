import { Draw, draw, type Sample } from "@tapegrad/core";
import { mapLeaves } from "./sample-arguments.ts";

/**
 * A sample with other axis lengths: every axis of a draw whose length is in the map gets the one that it stands for there, and with
 * `numbers` so does every whole number beside the draws, which may be a length, or an axis. Whether the operation takes such a call must be
 * tried.
 * @example
 * rescaleSample({ args: [draw([2, 3]), [3, 2]] }, new Map([[2, 12], [3, 16]]), { numbers: true }).args[1]; // [16, 12]
 */
export function rescaleSample(
  sample: Sample,
  lengths: ReadonlyMap<number, number>,
  { numbers = false }: { readonly numbers?: boolean } = {},
): Sample {
  const changed = new Map<Draw, Draw>();
  const rescale = (leaf: unknown): unknown => {
    if (typeof leaf === "number") return numbers ? (lengths.get(leaf) ?? leaf) : leaf;
    if (!(leaf instanceof Draw)) return leaf;
    const known =
      changed.get(leaf) ??
      draw(
        leaf.shape.map((size) => lengths.get(size) ?? size),
        leaf,
      );
    changed.set(leaf, known);
    return known;
  };
  return { args: mapLeaves(sample.args, rescale) as readonly unknown[] };
}
