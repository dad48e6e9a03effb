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
  const dx = stepIn(x, size);
  const dy = stepIn(y, size);
  if (dx >= 0 && dy >= 0) {
    loop(x, 0, dx, y, 0, dy, out, 0, size);
    return;
  }
  if (dx === 1 && isTail(yShape, shape)) {
    for (let o = 0; o < size; o += y.length) loop(x, o, 1, y, 0, 1, out, o, o + y.length);
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

/** Whether a shape is how another one ends, as that of a bias is. */
function isTail(shape: Shape, whole: Shape): boolean {
  const missing = whole.length - shape.length;
  for (let axis = 0; axis < shape.length; axis++) if (shape[axis] !== whole[axis + missing]) return false;
  return true;
}

/**
 * The step of an operand that is read as a whole in one loop: 1 when it has as many elements as the result, from which
 * only axes of size 1 then tell it, 0 for a scalar; -1 when it is neither.
 */
function stepIn(operand: Storage, size: number): number {
  return operand.length === size ? 1 : operand.length === 1 ? 0 : -1;
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
  const dc = stepIn(condition, size);
  const dx = stepIn(x, size);
  const dy = stepIn(y, size);
  if (dc >= 0 && dx >= 0 && dy >= 0) {
    select(condition, 0, dc, x, 0, dx, y, 0, dy, out, 0, size);
    return;
  }
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
