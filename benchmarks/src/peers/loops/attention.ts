import { softmax } from "./layers.ts";

export interface Sizes {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
}

export interface Attention {
  readonly out: Float32Array;
  /** Weights, [batch, heads, length, length]. */
  readonly weights: Float32Array;
}

/** Calls for each head of each example: where it starts in [batch, length, width], and in the weights. */
function eachHead({ batch, length, width, heads }: Sizes, visit: (start: number, weights: number) => void): void {
  for (let n = 0; n < batch; n++) {
    for (let head = 0; head < heads; head++) {
      visit(n * length * width + (head * width) / heads, (n * heads + head) * length * length);
    }
  }
}

/** softmax(q·kᵀ / √d)·v in each head, on arrays of [batch, length, width]. */
export function attend(q: Float32Array, k: Float32Array, v: Float32Array, sizes: Sizes): Attention {
  const { batch, length, width, heads } = sizes;
  const depth = width / heads;
  const scale = 1 / Math.sqrt(depth);
  const scores = new Float32Array(batch * heads * length * length);
  eachHead(sizes, (start, to) => {
    for (let i = 0; i < length; i++) {
      for (let j = 0; j < length; j++) {
        let sum = 0;
        for (let p = 0; p < depth; p++) sum += q[start + i * width + p]! * k[start + j * width + p]!;
        scores[to + i * length + j] = sum * scale;
      }
    }
  });
  const weights = softmax(scores, length);
  const out = new Float32Array(q.length);
  eachHead(sizes, (start, from) => {
    for (let i = 0; i < length; i++) {
      for (let j = 0; j < length; j++) {
        const weight = weights[from + i * length + j]!;
        for (let p = 0; p < depth; p++) out[start + i * width + p]! += weight * v[start + j * width + p]!;
      }
    }
  });
  return { out, weights };
}

/** Gradients by q, k and v. */
export function attendBackward(
  d: Float32Array,
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  { weights }: Attention,
  sizes: Sizes,
): readonly Float32Array[] {
  const { length, width, heads } = sizes;
  const depth = width / heads;
  const scale = 1 / Math.sqrt(depth);
  const [dq, dk, dv] = [new Float32Array(q.length), new Float32Array(q.length), new Float32Array(q.length)];
  const row = new Float32Array(length);
  eachHead(sizes, (start, from) => {
    for (let i = 0; i < length; i++) {
      const at = start + i * width;
      let along = 0;
      for (let j = 0; j < length; j++) {
        const [weight, other] = [weights[from + i * length + j]!, start + j * width];
        let sum = 0;
        for (let p = 0; p < depth; p++) {
          sum += d[at + p]! * v[other + p]!;
          dv[other + p]! += weight * d[at + p]!;
        }
        row[j] = sum;
        along += weight * sum;
      }
      for (let j = 0; j < length; j++) {
        const [score, other] = [weights[from + i * length + j]! * (row[j]! - along) * scale, start + j * width];
        for (let p = 0; p < depth; p++) {
          dq[at + p]! += score * k[other + p]!;
          dk[other + p]! += score * q[at + p]!;
        }
      }
    }
  });
  return [dq, dk, dv];
}
