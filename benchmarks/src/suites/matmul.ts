import { key, matmul, normal } from "@tapegrad/core";
import { assertClose, type Suite, type Workload } from "../suite.ts";

/** The loop that everybody writes first, with the order of loops that caches like. */
function plainMatmul(a: Float32Array, b: Float32Array, m: number, k: number, n: number): Float32Array {
  const out = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const factor = a[i * k + p]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * b[p * n + j]!;
    }
  }
  return out;
}

function product(m: number, k: number, n: number): Workload {
  const x = normal(key(1), [m, k]);
  const y = normal(key(2), [k, n]);
  const [a, b] = [x.data() as Float32Array, y.data() as Float32Array];
  assertClose(`matmul ${m}×${k}×${n}`, matmul(x, y), plainMatmul(a, b, m, k, n), 1e-3);
  return {
    name: `${m}×${k} · ${k}×${n}`,
    flops: 2 * m * k * n,
    contestants: [
      { name: "tapegrad", run: () => matmul(x, y) },
      { name: "plain loops", run: () => plainMatmul(a, b, m, k, n) },
    ],
  };
}

export const matmuls: Suite = {
  name: "matmul",
  about: "Matrix products, square and thin, float32.",
  workloads: [
    product(64, 64, 64),
    product(128, 128, 128),
    product(256, 256, 256),
    product(512, 512, 512),
    product(300, 2, 20),
    product(128, 784, 512),
  ],
};
