/** Maps of one size, square, with channels first: [batch, channels, size, size]. */
export interface Maps {
  readonly values: Float32Array;
  readonly channels: number;
  readonly size: number;
}

/** Side of a kernel. */
const KERNEL = 3;

/** Calls for each row of each window: where it starts in x, in w and in y, and how long it is. */
function eachRow(
  batch: number,
  inputs: number,
  size: number,
  outputs: number,
  visit: (x: number, w: number, y: number, length: number) => void,
): void {
  const across = size - KERNEL + 1;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      for (let c = 0; c < inputs; c++) {
        for (let k = 0; k < KERNEL * KERNEL; k++) {
          const [down, right] = [Math.floor(k / KERNEL), k % KERNEL];
          for (let i = 0; i < across; i++) {
            const x = ((n * inputs + c) * size + i + down) * size + right;
            const y = ((n * outputs + o) * across + i) * across;
            visit(x, (o * inputs + c) * KERNEL * KERNEL + k, y, across);
          }
        }
      }
    }
  }
}

/** A valid convolution by 3×3 kernels of [out, in, 3, 3], and a bias. */
export function convolve({ values: x, channels, size }: Maps, w: Float32Array, b: Float32Array, batch: number): Maps {
  const across = size - KERNEL + 1;
  const out = new Float32Array(batch * b.length * across * across);
  for (let i = 0; i < out.length; i++) out[i] = b[Math.floor(i / across ** 2) % b.length]!;
  eachRow(batch, channels, size, b.length, (from, k, to, length) => {
    const factor = w[k]!;
    for (let j = 0; j < length; j++) out[to + j]! += factor * x[from + j]!;
  });
  return { values: out, channels: b.length, size: across };
}

/** Gradients by the kernels and the bias. */
export function kernelGradients(
  { values: dy, channels: outputs, size: across }: Maps,
  { values: x, channels, size }: Maps,
  batch: number,
): { readonly dw: Float32Array; readonly db: Float32Array } {
  const dw = new Float32Array(outputs * channels * KERNEL * KERNEL);
  const db = new Float32Array(outputs);
  for (let i = 0; i < dy.length; i++) db[Math.floor(i / across ** 2) % outputs]! += dy[i]!;
  eachRow(batch, channels, size, outputs, (from, k, to, length) => {
    let sum = 0;
    for (let j = 0; j < length; j++) sum += dy[to + j]! * x[from + j]!;
    dw[k]! += sum;
  });
  return { dw, db };
}

/** Gradient by x. */
export function inputGradient(
  { values: dy, channels: outputs }: Maps,
  w: Float32Array,
  { values: x, channels, size }: Maps,
  batch: number,
): Float32Array {
  const dx = new Float32Array(x.length);
  eachRow(batch, channels, size, outputs, (from, k, to, length) => {
    const factor = w[k]!;
    for (let j = 0; j < length; j++) dx[from + j]! += factor * dy[to + j]!;
  });
  return dx;
}

/** Largest of each 2×2, and where it stands. */
export function maxPool({ values, channels, size }: Maps): { readonly pooled: Maps; readonly places: Int32Array } {
  const across = size >> 1;
  const planes = values.length / size ** 2;
  const out = new Float32Array(planes * across * across);
  const places = new Int32Array(out.length);
  for (let plane = 0, to = 0; plane < planes; plane++) {
    for (let i = 0; i < across; i++) {
      for (let j = 0; j < across; j++, to++) {
        const corner = (plane * size + 2 * i) * size + 2 * j;
        let best = corner;
        for (const place of [corner + 1, corner + size, corner + size + 1]) {
          if (values[place]! > values[best]!) best = place;
        }
        out[to] = values[best]!;
        places[to] = best;
      }
    }
  }
  return { pooled: { values: out, channels, size: across }, places };
}
