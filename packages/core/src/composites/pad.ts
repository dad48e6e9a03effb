import { onesLike } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { cast } from "../ops/cast.ts";
import { embed, slice } from "../ops/slice.ts";
import { take } from "../ops/take.ts";
import { where } from "../ops/where.ts";
import { checkOptions } from "../options.ts";
import { showShape } from "../shape.ts";
import type { Pad } from "../signatures.ts";
import { type AnyTensor, Tensor } from "../tensor.ts";

/** What stands beyond the ends of an axis. */
export type PadMode = "constant" | "reflect" | "edge" | "wrap";

export interface PadOptions {
  /** `"constant"` if not given; the mirror image without the end itself; the end repeated; or the other end. */
  readonly mode?: PadMode;
  /** The constant, 0 if not given. */
  readonly value?: number;
}

type Widths = readonly (readonly [number, number])[];

/** For each mode but the constant one: which of `length` elements stands at a position outside 0 to length − 1. */
const sources: Readonly<Record<Exclude<PadMode, "constant">, (position: number, length: number) => number>> = {
  reflect: (position, length) => {
    const period = 2 * (length - 1);
    const inPeriod = ((position % period) + period) % period;
    return Math.min(inPeriod, period - inPeriod);
  },
  edge: (position, length) => Math.min(Math.max(position, 0), length - 1),
  wrap: (position, length) => ((position % length) + length) % length,
};

/**
 * The tensor with `[before, after]` elements added along each axis; negative widths cut elements off.
 * @throws ShapeError unless there is one pair of whole numbers for each axis, or when they cut off more than there is; ArgumentError for an
 * unknown mode, or for a mode that finds nothing to repeat.
 * @example
 * pad(tensor([1, 2]), [[1, 2]]).toArray(); // [0, 1, 2, 0, 0]
 * pad(tensor([1, 2, 3]), [[2, 0]], { mode: "reflect" }).toArray(); // [3, 2, 1, 2, 3]
 */
export const pad: Pad = defineComposite<Pad>(
  {
    name: "pad",
    samples: [
      {
        args: [
          draw([2, 3]),
          [
            [1, 0],
            [0, 2],
          ],
        ],
      },
      { args: [draw([3]), [[1, 1]], { value: 0.5 }] },
      { args: [draw([4]), [[-1, 2]]] },
      {
        args: [
          draw([2, 4]),
          [
            [0, 0],
            [3, 1],
          ],
          { mode: "reflect" },
        ],
      },
      {
        args: [
          draw([2, 3]),
          [
            [1, 2],
            [0, 1],
          ],
          { mode: "edge" },
        ],
      },
      { args: [draw([3]), [[4, -1]], { mode: "wrap" }] },
    ],
    errors: [
      { args: [draw([2, 3]), [[1, 1]]], error: ShapeError, message: /pad: \[2, 3\] needs 2 pairs/ },
      { args: [draw([2]), [[-2, -1]]], error: ShapeError, message: /pad: \[2\] has not the 3 elements/ },
      { args: [draw([2]), [[1, 1]], { mode: "mirror" }], error: ArgumentError, message: /pad: "mirror" is no mode/ },
      {
        args: [draw([1]), [[1, 1]], { mode: "reflect" }],
        error: ArgumentError,
        message: /pad: there is nothing to reflect/,
      },
    ],
  },
  (x: AnyTensor, widths: Widths, options: PadOptions = {}) => {
    checkTensor("pad", x, 0);
    checkOptions("pad", options, "mode", "value");
    const { mode = "constant", value = 0 } = options;
    checkWidths(x, widths);
    if (mode === "constant") return padWith(x, widths, value);
    if (!(mode in sources))
      throw new ArgumentError(
        "pad",
        `"${String(mode)}" is no mode`,
        `use constant, ${Object.keys(sources).join(", ")}`,
      );
    return widths.reduce((padded, pair, axis) => repeatAlong(padded, pair, axis, mode), x);
  },
);

function checkWidths(x: AnyTensor, widths: Widths): void {
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isInteger);
  if (!Array.isArray(widths) || widths.length !== x.rank || !widths.every(isPair)) {
    throw new ShapeError(
      "pad",
      `${showShape(x.shape)} needs ${x.rank} pairs of widths`,
      "give [before, after] for each axis",
    );
  }
  widths.forEach(([before, after], axis) => {
    const cut = -Math.min(before, 0) - Math.min(after, 0);
    if (cut > x.shape[axis]!)
      throw new ShapeError(
        "pad",
        `${showShape(x.shape)} has not the ${cut} elements to cut off axis ${axis}`,
        "cut off less",
      );
  });
}

function padWith(x: AnyTensor, widths: Widths, value: number): AnyTensor {
  const kept = widths.map(
    ([before, after], axis) => [Math.max(0, -before), x.shape[axis]! + Math.min(0, after)] as const,
  );
  const inner = kept.some(([start, stop], axis) => start > 0 || stop < x.shape[axis]!)
    ? (slice(x, kept) as AnyTensor)
    : x;
  const starts = widths.map(([before]) => Math.max(0, before));
  const shape = inner.shape.map((size, axis) => size + starts[axis]! + Math.max(0, widths[axis]![1]));
  const padded = embed(inner, shape, starts);
  if (value === 0) return padded;
  return where(cast(embed(onesLike(inner), shape, starts), "bool"), padded, value);
}

function repeatAlong(
  x: AnyTensor,
  [before, after]: readonly [number, number],
  axis: number,
  mode: Exclude<PadMode, "constant">,
): AnyTensor {
  if (before === 0 && after === 0) return x;
  const length = x.shape[axis]!;
  if (length === 0 || (mode === "reflect" && length === 1)) {
    throw new ArgumentError(
      "pad",
      `there is nothing to ${mode === "reflect" ? "reflect" : "repeat"} along axis ${axis} of ${showShape(x.shape)}`,
      'use mode "constant"',
    );
  }
  const positions = Int32Array.from({ length: length + before + after }, (_, i) => sources[mode](i - before, length));
  return take(x, new Tensor([positions.length], "int32", positions), axis) as AnyTensor;
}
