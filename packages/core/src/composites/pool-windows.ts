import { ShapeError } from "../errors.ts";
import type { PoolWindows } from "../kernels/kernels.ts";
import { type PerAxis, perAxis, reach } from "../ops/spatial.ts";
import { checkOptions } from "../options.ts";
import { type Shape, showShape } from "../shape.ts";
import type { AnyTensor } from "../tensor.ts";

// What pooling operations share; not part of the public interface but for types.

/** Windows along one axis: the positions of each, which may lie outside the axis. All have the same number of them. */
export interface Spans {
  readonly length: number;
  readonly positions: readonly (readonly number[])[];
}

export interface PoolOptions {
  /** How far windows are apart; as far as they are long if not given. */
  readonly stride?: PerAxis;
  /** How far windows reach beyond both ends of each axis; 0 if not given. */
  readonly padding?: PerAxis;
  /** Whether a last window may reach beyond the padding, as long as it begins before it; not, if not given. */
  readonly ceilMode?: boolean;
}

const isInside = (position: number, length: number): boolean => position >= 0 && position < length;

/** The sizes of the last axes. */
export function spatialSizes(name: string, x: AnyTensor, axes: number): Shape {
  if (x.rank >= axes) return x.shape.slice(x.rank - axes);
  throw new ShapeError(name, `${showShape(x.shape)} has fewer than ${axes} axes`, "give [batch, channels, ...]");
}

/**
 * Windows of one size at even distances, per axis.
 * @throws ShapeError when none fits, or one holds no element; ArgumentError for options that are not whole numbers.
 */
export function slidingSpans(
  name: string,
  x: AnyTensor,
  axes: number,
  kernelSize: PerAxis,
  options: PoolOptions & { readonly dilation?: PerAxis },
  known: readonly string[],
): readonly Spans[] {
  checkOptions(name, options, "stride", "padding", "ceilMode", ...known);
  const lengths = spatialSizes(name, x, axes);
  const sizes = perAxis(name, "kernelSize", kernelSize, axes);
  const strides = perAxis(name, "stride", options.stride ?? sizes, axes);
  const padding = perAxis(name, "padding", options.padding ?? 0, axes, 0);
  const dilation = perAxis(name, "dilation", options.dilation ?? 1, axes);
  return lengths.map((length, i) => {
    const [size, stride, before, step] = [sizes[i]!, strides[i]!, padding[i]!, dilation[i]!];
    const rest = length + 2 * before - reach(size, step);
    let count = Math.floor((rest + (options.ceilMode ? stride - 1 : 0)) / stride) + 1;
    if (options.ceilMode && (count - 1) * stride >= length + before) count--;
    const positions = Array.from({ length: Math.max(count, 0) }, (_, o) =>
      Array.from({ length: size }, (_, k) => o * stride + k * step - before),
    );
    if (count < 1 || !positions.every((window) => window.some((position) => isInside(position, length)))) {
      throw new ShapeError(
        name,
        `windows of ${showShape(sizes)} with padding ${showShape(padding)} and dilation ${showShape(dilation)} do not fit ${showShape(x.shape)}`,
        "each must hold an element: choose a smaller kernelSize, or padding of at most half of it",
      );
    }
    return { length, positions };
  });
}

/**
 * So many windows per axis that cover it: window i from ⌊i L / O⌋ to before ⌈(i + 1) L / O⌉, as in PyTorch.
 * @throws ShapeError for an axis without elements; ArgumentError for sizes that are not whole and positive.
 */
export function adaptiveSpans(name: string, x: AnyTensor, axes: number, outputSize: PerAxis): readonly Spans[] {
  const lengths = spatialSizes(name, x, axes);
  const outputs = perAxis(name, "outputSize", outputSize, axes);
  if (lengths.includes(0)) {
    throw new ShapeError(name, `${showShape(x.shape)} has no element along an axis`, "check for empty input");
  }
  return lengths.map((length, i) => {
    const output = outputs[i]!;
    const ends = Array.from({ length: output }, (_, o) => [
      Math.floor((o * length) / output),
      Math.ceil(((o + 1) * length) / output),
    ]) as [number, number][];
    const size = Math.max(...ends.map(([from, to]) => to - from));
    // Shorter windows are filled up with positions that are none.
    const positions = ends.map(([from, to]) =>
      Array.from({ length: size }, (_, k) => (from + k < to ? from + k : length)),
    );
    return { length, positions };
  });
}

/** How many of the positions of each window count, in row-major order of the windows of all axes. */
export function countsOf(spans: readonly Spans[], counts: (position: number, axis: number) => boolean): number[] {
  return spans.reduce<number[]>(
    (outer, { positions }, axis) =>
      outer.flatMap((count) => positions.map((window) => count * window.filter((p) => counts(p, axis)).length)),
    [1],
  );
}

/** Windows without what lies outside of the axis. */
export function insideOnly({ length, positions }: Spans): PoolWindows {
  const inside = positions.map((window) => window.filter((position) => isInside(position, length)));
  const [first, second] = inside.find((window) => window.length > 1) ?? [0, 1];
  return {
    starts: Int32Array.from(inside, (window) => window[0]!),
    ends: Int32Array.from(inside, (window) => window.at(-1)! + 1),
    step: second! - first!,
  };
}

/** Shape of a result whose last axes have other sizes, which types do not follow. */
export type Pooled<S extends Shape, Spatial extends readonly number[]> = S extends readonly [
  ...infer Lead extends Shape,
  ...Spatial,
]
  ? readonly [...Lead, ...Spatial]
  : Shape;
