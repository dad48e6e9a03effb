import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import {
  demoteZero,
  f64x2,
  type I32,
  i32,
  loads,
  promoteLow,
  stores,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import { minimum, ROWS } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

// The transforms of weights in Winograd's minimal filtering F(2×2, 3×3): G·w·Gᵀ before the products, and Gᵀ·s·G behind those of the transpose
// by w. Both are computed in float64, two kernels at a time, and rounded once.

/** Kernels of a chunk, about. */
export const KERNELS: number = 1 << 10;

const SPREAD_TASK = ["w", "to", "rows", "channels", "perChunk"] as const;
const GATHER_TASK = ["from", "parts", "size", "to", "flag"] as const;

const f = f64x2({ fma: false });
const half = (x: V128): V128 => f.mul(x, f.const(0.5));

/** G, from three vectors to four. */
const spread = ([a, b, c]: readonly V128[]): V128[] => [
  a!,
  half(f.add(f.add(a!, b!), c!)),
  half(f.add(f.sub(a!, b!), c!)),
  c!,
];
/** Gᵀ, from four vectors to three. */
const gather = ([a, b, c, d]: readonly V128[]): V128[] => [
  f.add(a!, half(f.add(b!, c!))),
  half(f.sub(b!, c!)),
  f.add(half(f.add(b!, c!)), d!),
];

const keep = (body: Body, values: readonly V128[]): Local<"v128">[] => values.map((value) => body.local("v128", value));
/** Every `step`th of a list, so many of them. */
const every = <T>(list: readonly T[], from: number, step: number, count: number): T[] =>
  Array.from({ length: count }, (_, i) => list[from + i * step]!);
/** The first floats of two vectors, and their first two. */
const FIRST = [0, 1, 2, 3, 16, 17, 18, 19, 0, 1, 2, 3, 16, 17, 18, 19];
const FIRST_TWO = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/**
 * Adds to a module `spread`, kernels of [rows, channels] to 16 matrices, each in the panels of four rows that a product reads, by chunks of
 * panels; and `gather`, sums of 16 such matrices, whose parts are added up, to kernels. Where a sum is not finite it sets a flag.
 */
export function addWinogradWeights(module: ModuleBuilder): {
  readonly spread: ChunkKernel;
  readonly gather: ChunkKernel;
} {
  const spreadKernels = module.function("winogradSpread_4", ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const at = (name: (typeof SPREAD_TASK)[number]): I32 => loads.i32(task, 4 * SPREAD_TASK.indexOf(name));
    const row = body.local("i32", i32.mul(chunk, at("perChunk")));
    const last = body.local("i32", i32.add(row, minimum(i32.sub(at("rows"), row), at("perChunk"))));
    const channels = body.local("i32", at("channels"));
    const rowBytes = body.local("i32", i32.mul(channels, i32.const(36)));
    const matrix = body.local("i32", i32.mul(i32.mul(at("rows"), channels), i32.const(4)));
    const first = body.local("i32", i32.add(at("w"), i32.mul(row, rowBytes)));
    const to = body.local("i32", i32.add(at("to"), i32.mul(i32.mul(row, channels), i32.const(4))));
    const c = body.local("i32");
    body.for(row, last, ROWS, () => {
      const rows = [body.local("i32", first)];
      for (let r = 1; r < ROWS; r++) rows.push(body.local("i32", i32.add(rows[r - 1]!, rowBytes)));
      body.set(c, i32.const(0));
      body.for(c, channels, 1, () => {
        const pairs = [0, 2].map((r) => {
          const taps = Array.from({ length: 9 }, (_, tap) =>
            body.local(
              "v128",
              promoteLow(v128.shuffle(loads.zero32(rows[r]!, 4 * tap), loads.zero32(rows[r + 1]!, 4 * tap), FIRST)),
            ),
          );
          return [0, 3, 6].flatMap((line) => keep(body, spread(every(taps, line, 1, 3))));
        });
        const target = body.local("i32", to);
        const columns = [0, 1, 2, 3].map((j) => pairs.map((lines) => keep(body, spread(every(lines, j, 4, 3)))));
        for (let e = 0; e < 16; e++) {
          const [low, high] = columns[e % 4]!.map((column) => demoteZero(column[e >> 2]!));
          body.do(stores.v128(target, v128.shuffle(low!, high!, FIRST_TWO)));
          body.increase(target, matrix);
        }
        for (const address of rows) body.increase(address, 36);
        body.increase(to, 4 * ROWS);
      });
      body.increase(first, i32.mul(rowBytes, i32.const(ROWS)));
    });
  });
  const gatherKernels = module.function("winogradGather_4", ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const at = (name: (typeof GATHER_TASK)[number]): I32 => loads.i32(task, 4 * GATHER_TASK.indexOf(name));
    const i = body.local("i32", i32.mul(chunk, i32.const(KERNELS)));
    const last = body.local("i32", i32.add(i, minimum(i32.sub(at("size"), i), i32.const(KERNELS))));
    const matrix = body.local("i32", i32.mul(at("size"), i32.const(4)));
    const to = body.local("i32", i32.add(at("to"), i32.mul(i, i32.const(36))));
    const [part, from] = body.locals("i32", "i32");
    // Stays 0 unless a sum is infinite or NaN.
    const zero = body.local("v128", f.const(0));
    const sums = Array.from({ length: 16 }, () => body.local("v128"));
    body.for(i, last, 2, () => {
      body.set(from, i32.add(at("from"), i32.mul(i, i32.const(4))));
      for (const sum of sums) body.set(sum, f.const(0));
      body.set(part, i32.const(0));
      body.for(part, at("parts"), 1, () => {
        for (const sum of sums) {
          body.set(sum, f.add(sum, promoteLow(loads.zero64(from))));
          body.increase(from, matrix);
        }
      });
      for (const sum of sums) body.set(zero, f.add(zero, f.mul(sum, f.const(0))));
      const lines = [0, 1, 2, 3].map((j) => keep(body, gather(every(sums, j, 4, 4))));
      for (let r = 0; r < 3; r++) {
        for (const [c, value] of gather(lines.map((column) => column[r]!)).entries()) {
          const weights = body.local("v128", demoteZero(value));
          for (const lane of [0, 1]) body.do(stores.lane32(to, weights, 36 * lane + 4 * (3 * r + c), lane));
        }
      }
      body.increase(to, 72);
    });
    body.if(v128.anyTrue(f.ne(zero, zero)), () => body.do(stores.i32(at("flag"), i32.const(1))));
  });
  return { spread: spreadKernels, gather: gatherKernels };
}
