import type { Storage } from "../../dtype.ts";
import { normalCdf, normalQuantile } from "./normal.ts";
import { threefry } from "./threefry.ts";

/**
 * The second word of the counter says what the block is for, so that new keys never repeat what is drawn from the old
 * one. Draws count blocks in the first word alone. The others spell "splt" and "fold".
 */
export const DRAWS = 0;
export const SPLITS = 0x73706c74;
export const FOLDS = 0x666f6c64;

/** Numbers made at once, from one or two words each; both arrays fit in the first-level cache. Even, as blocks are pairs. */
const POINTS = 512;
const words = new Int32Array(2 * POINTS);
const points = new Float64Array(POINTS);

export function randomBits(key: Storage, out: Int32Array): void {
  threefry(key[0]!, key[1]!, 0, DRAWS, out, out.length);
}

export function splitKey(key: Storage, out: Int32Array): void {
  threefry(key[0]!, key[1]!, 0, SPLITS, out, out.length);
}

export function foldIn(key: Storage, data: Storage, out: Int32Array): void {
  threefry(key[0]!, key[1]!, data[0]!, FOLDS, out, 2);
}

export function randomUniform(key: Storage, out: Storage): void {
  for (let start = 0; start < out.length; start += POINTS) {
    const count = Math.min(POINTS, out.length - start);
    if (out instanceof Float64Array) {
      threefry(key[0]!, key[1]!, start, DRAWS, words, 2 * count);
      for (let e = 0; e < count; e++) {
        // 27 and 26 bits.
        out[start + e] = ((words[2 * e]! >>> 5) * 0x4000000 + (words[2 * e + 1]! >>> 6)) * 2 ** -53;
      }
    } else {
      threefry(key[0]!, key[1]!, start / 2, DRAWS, words, count);
      for (let e = 0; e < count; e++) out[start + e] = (words[e]! >>> 8) * 2 ** -24;
    }
  }
}

export function randomNormal(key: Storage, out: Storage): void {
  for (let start = 0; start < out.length; start += POINTS) {
    const count = drawPoints(key, start, out);
    for (let e = 0; e < count; e++) out[start + e] = normalQuantile(points[e]!);
  }
}

export function randomTruncatedNormal(key: Storage, low: number, high: number, out: Storage): void {
  // Probabilities near 0 are finer than those near 1, so an interval above 0 is drawn from its mirror image below 0.
  const sign = low > 0 ? -1 : 1;
  const from = low > 0 ? -high : low;
  const to = low > 0 ? -low : high;
  const below = normalCdf(from);
  const above = normalCdf(-to);
  const mass = to <= 0 ? normalCdf(to) - below : 1 - below - above;
  for (let start = 0; start < out.length; start += POINTS) {
    const count = drawPoints(key, start, out);
    for (let e = 0; e < count; e++) {
      const u = points[e]!;
      const p = below + mass * u;
      let value: number;
      if (to < FARTHEST) value = farTail(u, from, to);
      else if (p <= 0.5) value = normalQuantile(p);
      else value = -normalQuantile(above + mass * (1 - u));
      out[start + e] = Math.min(Math.max(sign * value, low), high);
    }
  }
}

/** Below it, probabilities underflow. */
const FARTHEST = -37;

/**
 * A quantile far out in the lower tail, where the density falls as that of a Rayleigh distribution does (Marsaglia,
 * "Generating a variable from the tail of the normal distribution", 1964, without the rejection, which is rarer than 1/to²).
 */
function farTail(u: number, from: number, to: number): number {
  const cut = Math.expm1(((to - from) * (to + from)) / 2);
  return to * Math.sqrt(1 - (2 * Math.log1p(u * cut)) / to / to);
}

/**
 * Fills `points` with numbers strictly between 0 and 1 for the elements of `out` from `start` on: the middles of 2^32
 * equal intervals, of 2^52 for float64, so that `1 - point` is exact too. Returns how many.
 */
function drawPoints(key: Storage, start: number, out: Storage): number {
  const count = Math.min(POINTS, out.length - start);
  if (out instanceof Float64Array) {
    threefry(key[0]!, key[1]!, start, DRAWS, words, 2 * count);
    for (let e = 0; e < count; e++) {
      points[e] = ((words[2 * e]! >>> 6) * 0x4000000 + (words[2 * e + 1]! >>> 6) + 0.5) * 2 ** -52;
    }
  } else {
    threefry(key[0]!, key[1]!, start / 2, DRAWS, words, count);
    for (let e = 0; e < count; e++) points[e] = ((words[e]! >>> 0) + 0.5) * 2 ** -32;
  }
  return count;
}
