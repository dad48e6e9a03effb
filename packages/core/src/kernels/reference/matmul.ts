import type { Storage } from "../../dtype.ts";

export function matmul(
  a: Storage,
  aOffset: number,
  b: Storage,
  bOffset: number,
  out: Storage,
  outOffset: number,
  m: number,
  n: number,
  k: number,
  transposeA: boolean,
  transposeB: boolean,
): void {
  const aRow = transposeA ? 1 : k;
  const aStep = transposeA ? m : 1;
  const bRow = transposeB ? 1 : n;
  const bStep = transposeB ? k : 1;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[aOffset + i * aRow + p * aStep]! * b[bOffset + p * bRow + j * bStep]!;
      out[outOffset + i * n + j] = sum;
    }
  }
}
