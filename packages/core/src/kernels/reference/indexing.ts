import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import { nestOf } from "./axes.ts";
import { copyRow } from "./movement.ts";

export function gather(
  x: Storage,
  xStrides: readonly number[],
  length: number,
  index: Storage,
  indexStrides: readonly number[],
  shape: Shape,
  axis: number,
  out: Storage,
): number | undefined {
  if (out.length === 0) return undefined;
  // Along `axis`, the index alone says where in x.
  const stride = xStrides[axis]!;
  const nest = nestOf(shape, [xStrides.with(axis, 0), indexStrides]);
  const { rows, length: count } = nest;
  const [own, by] = [nest.walks[0]!, nest.walks[1]!];
  const [step, indexStep] = [own.step, by.step];
  for (let t = 0, o = 0; t < nest.outer; t++) {
    let i = own.starts[t]!;
    let j = by.starts[t]!;
    for (let r = 0; r < rows; r++, i += own.row, j += by.row, o += count) {
      if (indexStep === 0) {
        const at = positionOf(index[j]!, length);
        if (at < 0) return index[j]!;
        copyRow(x, i + at * stride, step, out, o, 1, count);
        continue;
      }
      for (let e = 0; e < count; e++) {
        const at = positionOf(index[j + e * indexStep]!, length);
        if (at < 0) return index[j + e * indexStep]!;
        out[o + e] = x[i + e * step + at * stride]!;
      }
    }
  }
  return undefined;
}

export function scatterAdd(
  x: Storage,
  out: Storage,
  outStrides: readonly number[],
  length: number,
  index: Storage,
  indexStrides: readonly number[],
  shape: Shape,
  axis: number,
  source: Storage,
): number | undefined {
  out.set(x);
  if (source.length === 0) return undefined;
  const stride = outStrides[axis]!;
  const nest = nestOf(shape, [outStrides.with(axis, 0), indexStrides]);
  const { rows, length: count } = nest;
  const [own, by] = [nest.walks[0]!, nest.walks[1]!];
  const [step, indexStep] = [own.step, by.step];
  for (let t = 0, s = 0; t < nest.outer; t++) {
    let o = own.starts[t]!;
    let j = by.starts[t]!;
    for (let r = 0; r < rows; r++, o += own.row, j += by.row, s += count) {
      if (indexStep === 0) {
        const at = positionOf(index[j]!, length);
        if (at < 0) return index[j]!;
        addRow(source, s, out, o + at * stride, step, count);
        continue;
      }
      for (let e = 0; e < count; e++) {
        const at = positionOf(index[j + e * indexStep]!, length);
        if (at < 0) return index[j + e * indexStep]!;
        out[o + e * step + at * stride]! += source[s + e]!;
      }
    }
  }
  return undefined;
}

export function scatter(
  x: Storage,
  out: Storage,
  outStrides: readonly number[],
  length: number,
  index: Storage,
  indexStrides: readonly number[],
  shape: Shape,
  axis: number,
  source: Storage,
): number | undefined {
  out.set(x);
  if (source.length === 0) return undefined;
  const stride = outStrides[axis]!;
  const nest = nestOf(shape, [outStrides.with(axis, 0), indexStrides]);
  const { rows, length: count } = nest;
  const [own, by] = [nest.walks[0]!, nest.walks[1]!];
  for (let t = 0, s = 0; t < nest.outer; t++) {
    let o = own.starts[t]!;
    let j = by.starts[t]!;
    for (let r = 0; r < rows; r++, o += own.row, j += by.row, s += count) {
      for (let e = 0; e < count; e++) {
        const at = positionOf(index[j + e * by.step]!, length);
        if (at < 0) return index[j + e * by.step]!;
        out[o + e * own.step + at * stride] = source[s + e]!;
      }
    }
  }
  return undefined;
}

/** The position that an index names; -1 when there is none. */
function positionOf(index: number, length: number): number {
  const position = index < 0 ? index + length : index;
  return position >= 0 && position < length ? position : -1;
}

function addRow(x: Storage, i: number, out: Storage, o: number, step: number, count: number): void {
  for (let e = 0; e < count; e++) {
    out[o]! += x[i + e]!;
    o += step;
  }
}
