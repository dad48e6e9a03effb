import { foldIn, isTensor, type Key, type OpDef, type Sample, treeLeaves } from "@tapegrad/core";
import { type Call, functionOf, tensorsIn } from "./check-sample.ts";
import type { Multivariate } from "./derivative-checks.ts";
import { rescaleSample } from "./rescale-sample.ts";
import { type Drawn, drawArguments } from "./sample-arguments.ts";

/** Sizes that samples are brought to: what is [2, 3] in a sample is [3, 4], or [12, 16]. */
export const SIZES = {
  "3×4": (length: number): number => (length < 2 ? length : length + 1),
  "12×16": (length: number): number => (length < 2 ? length : 4 * length + 4),
} as const;

export type Size = keyof typeof SIZES;

/** A sample call of an operation, to be made by it or by a mutated copy. */
export interface SampleCall {
  readonly drawn: Drawn;
  /** The float64 results of a copy of the operation, as a function of the float64 arguments. */
  readonly of: (run: Call) => Multivariate;
}

/** The calls of an operation by its samples at a size; those samples that cannot be brought to it stay as they are. */
export function callsAt(run: Call, definition: OpDef, size: Size, key: Key): SampleCall[] {
  return definition.samples.flatMap((sample, i) => {
    const drawn = scaled(run, sample, SIZES[size], foldIn(key, i));
    const results = tensorsIn(run(...drawn.args));
    const smooth = results.map(({ dtype }) => dtype === "float64");
    const isEmpty = drawn.floats.every((x) => x.size === 0);
    if (isEmpty || !smooth.includes(true)) return [];
    return [{ drawn, of: (copy: Call) => functionOf(copy, drawn.args, drawn.floats, (j) => smooth[j]!) }];
  });
}

/** Tried in turn: with the numbers among the arguments too, with the draws alone, and as it is. */
function scaled(run: Call, sample: Sample, scale: (length: number) => number, key: Key): Drawn {
  const lengths = new Map(Array.from({ length: 16 }, (_, length) => [length, scale(length)]));
  for (const numbers of [false, true]) {
    try {
      const drawn = drawArguments(rescaleSample(sample, lengths, { numbers }).args, key);
      const results = treeLeaves(run(...drawn.args));
      if (results.every(({ value }) => !isTensor(value) || value.data().every(Number.isFinite))) return drawn;
    } catch {
      // The operation refuses such a call.
    }
  }
  return drawArguments(sample.args, key);
}
