import type { AnyTensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import { type Runners, slice, t } from "./runner.ts";

/** One line for each operation that moves elements. */
export const movement: Runners = {
  "shape/reshape": ([x], { shape }) => t.reshape!(x, shape),
  "shape/permute": ([x], { perm }) => t.permute!(x, perm),
  "shape/transpose": ([x], { dim0, dim1 }) => t.transpose!(x, dim0, dim1),
  "shape/expand": ([x], { shape }) => t.broadcastTo!(x, shape),
  "shape/flatten": ([x], { start = 0 }) => t.flatten!(x, start),
  "shape/squeeze": ([x], { axis }) => t.squeeze!(x, axis),
  "shape/unsqueeze": ([x], { axis }) => t.expandDims!(x, axis),
  "shape/reshape_of_permute": ([x], { perm, shape }) => t.reshape!(t.permute!(x, perm), shape),
  "shape/concat": (xs, { axis }) => tg.concat(xs, axis) as AnyTensor,
  "shape/concat_same_twice": ([x], { axis }) => tg.concat([x!, x!], axis) as AnyTensor,
  "shape/split": ([x], { sizes, axis }) => tg.split(x!, sizes as number[], axis) as readonly AnyTensor[],
  "shape/flip": ([x], { axes }) => tg.flip(x!, axes),
  "shape/stack": (xs, { axis }) => tg.stack(xs, axis) as AnyTensor,
  "shape/unbind": ([x], { axis }) => tg.unbind(x!, axis),
  "shape/roll": ([x], { shift, shifts = shift, axis = null }) => roll(x!, shifts, axis),
  "shape/pad": ([x], { pad: flat, mode = "constant", value = 0 }) => {
    // Pairs stand for the last axes, from the last one backwards.
    const pairs = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]] as [number, number]);
    const widths = [...Array(x!.rank - pairs.length).fill([0, 0]), ...pairs.reverse()];
    const modes = { constant: "constant", reflect: "reflect", replicate: "edge", circular: "wrap" } as const;
    return t.pad!(x, widths, mode === "constant" ? { value } : { mode: modes[mode as keyof typeof modes] });
  },
  "shape/chunk": ([x], { chunks, axis }) => {
    const [length, size] = [x!.shape.at(axis)!, Math.ceil(x!.shape.at(axis)! / chunks)];
    const sizes = Array.from({ length: Math.ceil(length / size) }, (_, i) => Math.min(size, length - i * size));
    return tg.split(x!, sizes, axis) as readonly AnyTensor[];
  },
  "shape/tile": ([x], { reps }) => tg.tile(x!, reps),
  "shape/repeat_interleave": ([x], { repeats, axis }) => tg.repeat(x!, repeats, axis),
  "shape/tril": ([x], { k = 0 }) => tg.tril(x!, k),
  "shape/triu": ([x], { k = 0 }) => tg.triu(x!, k),
  "shape/diag": ([x], { k = 0 }) => tg.diag(x!, k),
  "shape/diagonal": ([x], { k = 0 }) => tg.diagonal(x!, k),
  "shape/interpolate": ([x], { mode = "nearest", align_corners = false, size, scale }) =>
    t.interpolate!(x, {
      ...(size === undefined ? { scale } : { size }),
      mode: mode === "nearest" ? "nearest" : "linear",
      alignCorners: align_corners,
    }),
  "shape/pixel_shuffle": ([x], { factor }) => t.pixelShuffle!(x, factor),
  "shape/pixel_unshuffle": ([x], { factor }) => t.pixelUnshuffle!(x, factor),

  "index/scatter": ([x, index, source], { axis }) => t.scatter!(x, index, source, axis),
  "index/advanced": ([x, ...indices]) => tg.at(x!, indices),
  "index/advanced_negative": ([x, ...indices]) => tg.at(x!, indices),
  "index/embedding": ([indices, table], { padding_idx }) =>
    tg.embedding(
      indices!,
      table!,
      padding_idx === undefined || padding_idx === null ? {} : { paddingIndex: padding_idx },
    ),
  "index/masked_fill": ([x, mask], { value }) => tg.maskedFill(x!, mask!, value),
  "index/masked_select": ([x, mask]) => tg.maskedSelect(x!, mask!),
  "index/gather": ([x, index], { axis }) => t.gather!(x, index, axis),
  "index/scatter_add": ([x, index, source], { axis }) => t.scatterAdd!(x, index, source, axis),
  "index/index_select": ([x, index], { axis }) => t.take!(x, index, axis),
  "index/index_add": ([x, index, source], { axis }) => t.takeAdd!(x, index, source, axis),
  "index/one_hot": ([index], { classes }) => t.oneHot!(index, classes, { dtype: "int32" }),
  "index/unfold": ([x], { axis, size, step }) => t.unfold!(x, axis, size, step),
  "index/slice": ([x], { spec }) => slice!(x, spec),
};

/** Rolls along one axis after another. */
function roll(x: AnyTensor, shifts: number | readonly number[], axes: number | readonly number[] | null): AnyTensor {
  if (axes === null || typeof axes === "number") return tg.roll(x, shifts as number, axes);
  return axes.reduce<AnyTensor>((rolled, axis, i) => tg.roll(rolled, (shifts as readonly number[])[i]!, axis), x);
}
