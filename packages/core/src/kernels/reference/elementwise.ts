import type { Storage } from "../../dtype.ts";
import type { Shape } from "../../shape.ts";
import type { BinaryLoop, UnaryLoop } from "../kernels.ts";
import { broadcastStrides, nestOf } from "./axes.ts";

export function unary(_name: string, loop: UnaryLoop, x: Storage, out: Storage): void {
  loop(x, out);
}

export function binary(
  _name: string,
  loop: BinaryLoop,
  x: Storage,
  xShape: Shape,
  y: Storage,
  yShape: Shape,
  out: Storage,
  shape: Shape,
): void {
  const size = out.length;
  if (size === 0) return;
  // An operand with as many elements as the result differs from it by axes of size 1 only.
  if ((x.length === size || x.length === 1) && (y.length === size || y.length === 1)) {
    loop(x, 0, x.length === size ? 1 : 0, y, 0, y.length === size ? 1 : 0, out, 0, size);
    return;
  }
  const { outer, rows, length, walks } = nestOf(shape, [
    broadcastStrides(xShape, shape),
    broadcastStrides(yShape, shape),
  ]);
  const [a, b] = [walks[0]!, walks[1]!];
  for (let t = 0, o = 0; t < outer; t++) {
    let i = a.starts[t]!;
    let j = b.starts[t]!;
    for (let r = 0; r < rows; r++) {
      loop(x, i, a.step, y, j, b.step, out, o, o + length);
      i += a.row;
      j += b.row;
      o += length;
    }
  }
}

export function where(
  condition: Storage,
  conditionShape: Shape,
  x: Storage,
  xShape: Shape,
  y: Storage,
  yShape: Shape,
  out: Storage,
  shape: Shape,
): void {
  const size = out.length;
  if (size === 0) return;
  const { outer, rows, length, walks } = nestOf(shape, [
    broadcastStrides(conditionShape, shape),
    broadcastStrides(xShape, shape),
    broadcastStrides(yShape, shape),
  ]);
  const [c, a, b] = [walks[0]!, walks[1]!, walks[2]!];
  for (let t = 0, o = 0; t < outer; t++) {
    let h = c.starts[t]!;
    let i = a.starts[t]!;
    let j = b.starts[t]!;
    for (let r = 0; r < rows; r++) {
      select(condition, h, c.step, x, i, a.step, y, j, b.step, out, o, o + length);
      h += c.row;
      i += a.row;
      j += b.row;
      o += length;
    }
  }
}

function select(
  condition: Storage,
  h: number,
  dh: number,
  x: Storage,
  i: number,
  di: number,
  y: Storage,
  j: number,
  dj: number,
  out: Storage,
  start: number,
  end: number,
): void {
  for (let o = start; o < end; o++) {
    out[o] = condition[h] !== 0 ? x[i]! : y[j]!;
    h += dh;
    i += di;
    j += dj;
  }
}
