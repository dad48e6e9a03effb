export interface Normalized {
  readonly out: Float32Array;
  /** Before scale and shift. */
  readonly standard: Float32Array;
  /** 1 / √(variance + ε), by row. */
  readonly inverse: Float32Array;
}

/** Rows shifted and scaled to mean 0 and variance 1, then by `scale` and `shift`. */
export function layerNorm(x: Float32Array, scale: Float32Array, shift: Float32Array, epsilon: number): Normalized {
  const width = scale.length;
  const [out, standard] = [new Float32Array(x.length), new Float32Array(x.length)];
  const inverse = new Float32Array(x.length / width);
  for (let row = 0; row < inverse.length; row++) {
    const start = row * width;
    let mean = 0;
    for (let j = 0; j < width; j++) mean += x[start + j]! / width;
    let variance = 0;
    for (let j = 0; j < width; j++) variance += (x[start + j]! - mean) ** 2 / width;
    const factor = 1 / Math.sqrt(variance + epsilon);
    inverse[row] = factor;
    for (let j = 0; j < width; j++) {
      standard[start + j] = (x[start + j]! - mean) * factor;
      out[start + j] = standard[start + j]! * scale[j]! + shift[j]!;
    }
  }
  return { out, standard, inverse };
}

export interface NormalizedGradients {
  readonly dx: Float32Array;
  readonly dScale: Float32Array;
  readonly dShift: Float32Array;
}

export function layerNormBackward(
  d: Float32Array,
  { standard, inverse }: Normalized,
  scale: Float32Array,
): NormalizedGradients {
  const width = scale.length;
  const [dx, dScale, dShift] = [new Float32Array(d.length), new Float32Array(width), new Float32Array(width)];
  for (let row = 0; row < inverse.length; row++) {
    const start = row * width;
    let [total, along] = [0, 0];
    for (let j = 0; j < width; j++) {
      const g = d[start + j]! * scale[j]!;
      total += g / width;
      along += (g * standard[start + j]!) / width;
      dScale[j]! += d[start + j]! * standard[start + j]!;
      dShift[j]! += d[start + j]!;
    }
    for (let j = 0; j < width; j++) {
      dx[start + j] = (d[start + j]! * scale[j]! - total - standard[start + j]! * along) * inverse[row]!;
    }
  }
  return { dx, dScale, dShift };
}

const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** The approximation by tanh. */
export function gelu(x: Float32Array): Float32Array {
  const out = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const at = x[i]!;
    out[i] = 0.5 * at * (1 + Math.tanh(ROOT * (at + CUBIC * at ** 3)));
  }
  return out;
}

export function geluBackward(d: Float32Array, x: Float32Array): Float32Array {
  const out = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const at = x[i]!;
    const t = Math.tanh(ROOT * (at + CUBIC * at ** 3));
    const slope = ROOT * (1 + 3 * CUBIC * at * at) * (1 - t * t);
    out[i] = d[i]! * 0.5 * (1 + t + at * slope);
  }
  return out;
}
