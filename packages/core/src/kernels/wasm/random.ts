import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import {
  convertLowU,
  demoteZero,
  f32x4,
  f64x2,
  type I32,
  i32,
  i32x4,
  loads,
  stores,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { Quantiles } from "./normal-quantile.ts";
import type { ChunkKernel } from "./tasks.ts";

/** As in the reference kernel: the parity constant, and the rotations of two groups of four rounds. */
const PARITY = 0x1bd11bda;
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Four blocks of Threefry-2x32 at once: the words of the counters (first, domain), (first + 1, domain), ... */
function blocks(
  body: Body,
  key: readonly [Local<"i32">, Local<"i32">],
  first: I32,
  domain: I32 = i32.const(0),
): { x: Local<"v128">; y: Local<"v128"> } {
  const [k0, k1] = key;
  const keys = [k0, k1, i32.xor(i32.const(PARITY), i32.xor(k0, k1))].map((k) => body.local("v128", i32x4.splat(k)));
  const lanes = v128.const([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
  const x = body.local("v128", i32x4.add(i32x4.add(i32x4.splat(first), lanes), keys[0]!));
  const y = body.local("v128", i32x4.add(keys[1]!, i32x4.splat(domain)));
  for (let group = 0; group < 5; group++) {
    for (const bits of ROTATIONS[group % 2]!) {
      body.set(x, i32x4.add(x, y));
      const turned = v128.or(i32x4.shl(y, i32.const(bits)), i32x4.shrU(y, i32.const(32 - bits)));
      body.set(y, v128.xor(turned, x));
    }
    body.set(x, i32x4.add(x, keys[(group + 1) % 3]!));
    body.set(y, i32x4.add(i32x4.add(y, keys[(group + 2) % 3]!), i32x4.splat(i32.const(group + 1))));
  }
  return { x, y };
}

const words = (places: readonly number[]): number[] => places.flatMap((p) => [0, 1, 2, 3].map((byte) => 4 * p + byte));
/** x0 y0 x1 y1, and x2 y2 x3 y3. */
const interleaved = (x: V128, y: V128): [V128, V128] => [
  v128.shuffle(x, y, words([0, 4, 1, 5])),
  v128.shuffle(x, y, words([2, 6, 3, 7])),
];

/** Random numbers, or words, of a chunk. */
export const UNIFORM_CHUNK: number = 1 << 16;

/**
 * Adds words of blocks to a module: a kernel whose task is (address of the key's two words, to, count, domain, address of the first counter).
 * Whole groups of four blocks are written.
 */
export function addWords(module: ModuleBuilder): ChunkKernel {
  return module.function("randomWords", ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const at = body.local("i32", loads.i32(task));
    const key = [body.local("i32", loads.i32(at)), body.local("i32", loads.i32(at, 4))] as const;
    const start = body.local("i32", i32.mul(chunk, i32.const(UNIFORM_CHUNK)));
    const to = body.local("i32", i32.add(loads.i32(task, 4), i32.shl(start, i32.const(2))));
    const count = minimum(i32.sub(loads.i32(task, 8), start), i32.const(UNIFORM_CHUNK));
    const end = body.local("i32", i32.add(to, i32.shl(count, i32.const(2))));
    const block = body.local("i32", i32.add(loads.i32(loads.i32(task, 16)), i32.shrU(start, i32.const(1))));
    body.for(to, end, 32, () => {
      const { x, y } = blocks(body, key, block, loads.i32(task, 12));
      for (const [i, word] of interleaved(x, y).entries()) body.do(stores.v128(to, word, 16 * i));
      body.increase(block, 4);
    });
  });
}

/** Chunks of a draw are of so many numbers; those of normal draws take longer. */
export const drawChunk = (name: string): number => (name === "normal" ? 1 << 14 : UNIFORM_CHUNK);

/**
 * Adds draws to a module, with the bits of the reference kernels: kernels whose task is (address of the key's two words, to, count).
 * @param quantiles those of the standard normal distribution.
 */
export function addRandom(module: ModuleBuilder, quantiles: Quantiles): ReadonlyMap<string, ChunkKernel> {
  const single = f32x4({ fma: false });
  const double = f64x2({ fma: false });
  const kernels = new Map<string, ChunkKernel>();
  /** Two numbers to a block of float32, one to a block of float64; `store` writes those of four blocks. */
  const add = (name: string, bytes: 4 | 8, store: (body: Body, x: V128, y: V128, to: I32) => void): void => {
    const size = drawChunk(name);
    const perBlock = 8 / bytes;
    const kernel = module.function(`${name}_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
      const at = body.local("i32", loads.i32(task));
      const key = [body.local("i32", loads.i32(at)), body.local("i32", loads.i32(at, 4))] as const;
      const start = body.local("i32", i32.mul(chunk, i32.const(size)));
      const to = body.local("i32", i32.add(loads.i32(task, 4), i32.mul(start, i32.const(bytes))));
      const count = minimum(i32.sub(loads.i32(task, 8), start), i32.const(size));
      const block = body.local("i32", i32.divU(start, i32.const(perBlock)));
      const blockCount = i32.divU(i32.add(count, i32.const(perBlock - 1)), i32.const(perBlock));
      const end = body.local("i32", i32.add(block, blockCount));
      body.for(block, end, 4, () => {
        const { x, y } = blocks(body, key, block);
        store(body, x, y, to);
        body.increase(to, 32);
      });
    });
    kernels.set(`${name}_${bytes}`, kernel);
  };
  /** The first two words, or the last two, as floats. */
  const pair = (word: V128, half: number): V128 => {
    const places = words([2 * half, 2 * half + 1, 2 * half, 2 * half + 1]);
    return convertLowU(half === 0 ? word : v128.shuffle(word, word, places));
  };
  /** (x·2²⁶ + y)·scale of two blocks, with some bits of x and 26 of y, moved by a part of the last bit. */
  const wide = (x: V128, y: V128, half: number, lost: number, part: number, scale: number): V128 => {
    const high = pair(i32x4.shrU(x, i32.const(lost)), half);
    const whole = double.add(double.mul(high, double.const(2 ** 26)), pair(i32x4.shrU(y, i32.const(6)), half));
    return double.mul(part === 0 ? whole : double.add(whole, double.const(part)), double.const(scale));
  };
  const halves = [0, 1] as const;

  add("uniform", 4, (body, x, y, to) => {
    for (const [i, word] of interleaved(x, y).entries()) {
      const value = single.mul(single.convert(i32x4.shrU(word, i32.const(8))), single.const(2 ** -24));
      body.do(stores.v128(to, value, 16 * i));
    }
  });
  // 27 and 26 bits.
  add("uniform", 8, (body, x, y, to) => {
    for (const i of halves) body.do(stores.v128(to, wide(x, y, i, 5, 0, 2 ** -53), 16 * i));
  });
  add("normal", 4, (body, x, y, to) => {
    const points = interleaved(x, y).flatMap((word) => {
      const at = body.local("v128", word);
      return halves.map((i) => double.mul(double.add(pair(at, i), double.const(0.5)), double.const(2 ** -32)));
    });
    const [a, b, c, d] = quantiles(body, points).map(demoteZero) as [V128, V128, V128, V128];
    body.do(stores.v128(to, v128.shuffle(a, b, words([0, 1, 4, 5]))));
    body.do(stores.v128(to, v128.shuffle(c, d, words([0, 1, 4, 5])), 16));
  });
  add("normal", 8, (body, x, y, to) => {
    const points = halves.map((i) => wide(x, y, i, 6, 0.5, 2 ** -52));
    for (const [i, quantile] of quantiles(body, points).entries()) body.do(stores.v128(to, quantile, 16 * i));
  });
  return kernels;
}
