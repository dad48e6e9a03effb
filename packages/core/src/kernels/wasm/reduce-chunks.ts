import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import {
  copyBytes,
  demoteZero,
  type FloatVector,
  f32x4,
  f64x2,
  type I32,
  i32,
  loads,
  promoteLow,
  stores,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import type { ReduceKind } from "../kernels.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/**
 * The numbers of a reduction's task, of the middle axis of [outer, length, inner]: that axis falls into `parts`, each of so many rows, and
 * the last one into groups of columns. A unit is one part of one group; a chunk has so many units.
 */
const REDUCE_TASK = [
  "units",
  "perChunk",
  "length",
  "inner",
  "part",
  "parts",
  "group",
  "groups",
  "x",
  "out",
  "outBytes",
  "work",
] as const;
type Name = (typeof REDUCE_TASK)[number];
const at = (task: I32, name: Name): I32 => loads.i32(task, 4 * REDUCE_TASK.indexOf(name));

/** Bytes that a thread puts columns into which are not a whole vector. */
export const REDUCE_WORK = 64;

/** How elements are combined: in vectors of so many of them. */
interface Folding {
  readonly f: FloatVector;
  readonly bytes: 4 | 8;
  readonly perVector: 2 | 4;
  /** What is combined with anything gives that. */
  readonly start: number;
  readonly combine: (a: V128, b: V128) => V128;
  /** The elements at an address, and the one at an address with neutral ones behind. */
  readonly load: (address: I32) => V128;
  readonly loadOne: (address: I32) => V128;
  /**
   * Terms that are added up one after another before what they give is added to the total. Error of a sum of n terms in a row of vectors:
   * (BLOCK + n / BLOCK / lanes + log₂ lanes) u Σ|x|, where u is that of float64 (Higham, "The accuracy of floating point summation", 1993).
   */
  readonly isBlocked: boolean;
}

/** Sums are in float64, and rounded once; extremes are in the dtype. */
function foldingOf(kind: ReduceKind, bytes: 4 | 8): Folding {
  const f = kind === "sum" || bytes === 8 ? f64x2({ fma: false }) : f32x4({ fma: false });
  if (kind !== "sum") {
    return {
      f,
      bytes,
      perVector: bytes === 4 ? 4 : 2,
      start: kind === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
      // A NaN wins; 0 is larger than -0.
      combine: kind === "max" ? f.max : f.min,
      load: (address) => loads.v128(address),
      loadOne: bytes === 4 ? (address) => loads.splat32(address) : (address) => loads.splat64(address),
      isBlocked: false,
    };
  }
  return {
    f,
    bytes,
    perVector: 2,
    start: 0,
    combine: f.add,
    load: bytes === 4 ? (address) => promoteLow(loads.zero64(address)) : (address) => loads.v128(address),
    loadOne: bytes === 4 ? (address) => promoteLow(loads.zero32(address)) : (address) => loads.zero64(address),
    isBlocked: true,
  };
}

/** Rounds of a block. */
const BLOCK = 64;
/** Vectors that are combined side by side in a row, because one would wait for each step. */
const ABREAST = 4;

/**
 * Combines rounds into totals: at `i`, round after round of `step` bytes up to `end`.
 * @param load the vector of a round, by its place among those side by side.
 */
function fold(
  body: Body,
  folding: Folding,
  totals: readonly Local<"v128">[],
  i: Local<"i32">,
  end: I32,
  step: I32,
  load: (place: number) => V128,
): void {
  const { combine, f, start, isBlocked } = folding;
  const rounds = (sums: readonly Local<"v128">[], to: I32): void =>
    body.while(
      () => i32.ltS(i, to),
      () => {
        sums.forEach((sum, place) => void body.set(sum, combine(sum, load(place))));
        body.increase(i, step);
      },
    );
  if (!isBlocked) {
    rounds(totals, end);
    return;
  }
  const sums = totals.map(() => body.local("v128"));
  const stop = body.local("i32");
  body.while(
    () => i32.ltS(i, end),
    () => {
      // What is left, rather than where a block ends: the end may be near that of the memory.
      body.set(stop, i32.add(i, minimum(i32.sub(end, i), i32.mul(step, i32.const(BLOCK)))));
      for (const sum of sums) body.set(sum, f.const(start));
      rounds(sums, stop);
      sums.forEach((sum, place) => void body.set(totals[place]!, combine(totals[place]!, sum)));
    },
  );
}

/** All lanes of a vector combined, in the first one. */
function across(body: Body, { combine, f }: Folding, vector: V128): V128 {
  const turned = (x: V128, by: number): V128 => {
    const own = body.local("v128", x);
    return combine(
      own,
      v128.shuffle(
        own,
        own,
        Array.from({ length: 16 }, (_, byte) => (byte + by) % 16),
      ),
    );
  };
  const halves = turned(vector, 8);
  return f.lanes === 2 ? halves : turned(halves, 4);
}

/** Rows: the last axis is reduced. */
function addRows(module: ModuleBuilder, name: string, folding: Folding): ChunkKernel {
  const { bytes, perVector, combine, f, start, load, loadOne } = folding;
  const width = perVector * bytes;
  return module.function(name, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const unit = body.local("i32", i32.mul(chunk, at(task, "perChunk")));
    const last = body.local("i32", i32.add(unit, minimum(i32.sub(at(task, "units"), unit), at(task, "perChunk"))));
    const [parts, part] = [body.local("i32", at(task, "parts")), body.local("i32", at(task, "part"))];
    const [i, end, whole] = body.locals("i32", "i32", "i32");
    const totals = Array.from({ length: ABREAST }, () => body.local("v128"));
    body.for(unit, last, 1, () => {
      const skipped = body.local("i32", i32.mul(i32.remU(unit, parts), part));
      const first = i32.add(i32.mul(i32.divU(unit, parts), at(task, "length")), skipped);
      const count = body.local("i32", minimum(i32.sub(at(task, "length"), skipped), part));
      body.set(i, i32.add(at(task, "x"), i32.mul(first, i32.const(bytes))));
      body.set(end, i32.add(i, i32.mul(count, i32.const(bytes))));
      const step = ABREAST * width;
      body.set(whole, i32.add(i, i32.and(i32.sub(end, i), i32.const(-step))));
      for (const total of totals) body.set(total, f.const(start));
      fold(body, folding, totals, i, whole, i32.const(step), (place) => load(i32.add(i, i32.const(place * width))));
      const [t0, t1, t2, t3] = totals as [Local<"v128">, Local<"v128">, Local<"v128">, Local<"v128">];
      body.for(i, i32.sub(end, i32.const(width - 1)), width, () => body.set(t0, combine(t0, load(i))));
      body.for(i, end, bytes, () => body.set(t1, combine(t1, loadOne(i))));
      const total = body.local("v128", across(body, folding, combine(combine(t0, t1), combine(t2, t3))));
      const to = i32.add(at(task, "out"), i32.mul(unit, at(task, "outBytes")));
      if (f.bits === 32) body.do(stores.lane32(to, total));
      else {
        body.if(
          i32.eq(at(task, "outBytes"), i32.const(8)),
          () => body.do(stores.lane64(to, total)),
          () => body.do(stores.lane32(to, demoteZero(total))),
        );
      }
    });
  });
}

/** The first two lanes of each of two vectors. */
const firstHalves = (a: V128, b: V128): V128 =>
  v128.shuffle(a, b, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);

/** Columns of a tile, the larger of which is a line of the cache, or two. */
const TILES = [16, 4] as const;

/** Columns: the middle axis is reduced. */
function addColumns(module: ModuleBuilder, name: string, folding: Folding): ChunkKernel {
  const { bytes, perVector, f, start, load } = folding;
  /** Combines some rows of so many columns from an address on, and writes what they give: to an address, in so many bytes each. */
  const [large, small] = TILES.map((columns) =>
    module.function(
      `${name}_${columns}`,
      ["i32", "i32", "i32", "i32", "i32"],
      (body, from, rows, rowBytes, to, outBytes) => {
        const i = body.local("i32", from);
        const end = i32.add(from, i32.mul(rows, rowBytes));
        const totals = Array.from({ length: columns / perVector }, () => body.local("v128", f.const(start)));
        fold(body, folding, totals, i, body.local("i32", end), rowBytes, (place) =>
          load(i32.add(i, i32.const(place * perVector * bytes))),
        );
        const asTheyAre = (): void =>
          totals.forEach((total, place) => void body.do(stores.v128(to, total, 16 * place)));
        if (f.bits === 32) asTheyAre();
        else {
          body.if(i32.eq(outBytes, i32.const(8)), asTheyAre, () => {
            for (let place = 0; place < totals.length; place += 2) {
              const pair = firstHalves(demoteZero(totals[place]!), demoteZero(totals[place + 1]!));
              body.do(stores.v128(to, pair, 8 * place));
            }
          });
        }
      },
    ),
  ) as [TileFunction, TileFunction];
  return module.function(name, ["i32", "i32", "i32"], (body, task, chunk, thread) => {
    const unit = body.local("i32", i32.mul(chunk, at(task, "perChunk")));
    const last = body.local("i32", i32.add(unit, minimum(i32.sub(at(task, "units"), unit), at(task, "perChunk"))));
    const work = body.local("i32", i32.add(at(task, "work"), i32.mul(thread, i32.const(REDUCE_WORK))));
    const [inner, outBytes] = [body.local("i32", at(task, "inner")), body.local("i32", at(task, "outBytes"))];
    const rowBytes = body.local("i32", i32.mul(inner, i32.const(bytes)));
    const [part, parts] = [body.local("i32", at(task, "part")), body.local("i32", at(task, "parts"))];
    body.for(unit, last, 1, () => {
      const column = body.local("i32", i32.mul(i32.remU(unit, at(task, "groups")), at(task, "group")));
      const end = body.local("i32", i32.add(column, minimum(i32.sub(inner, column), at(task, "group"))));
      const outerPart = body.local("i32", i32.divU(unit, at(task, "groups")));
      const skipped = body.local("i32", i32.mul(i32.remU(outerPart, parts), part));
      const rows = body.local("i32", minimum(i32.sub(at(task, "length"), skipped), part));
      const firstRow = i32.add(i32.mul(i32.divU(outerPart, parts), at(task, "length")), skipped);
      const x = body.local("i32", i32.add(at(task, "x"), i32.mul(firstRow, rowBytes)));
      const out = body.local("i32", i32.add(at(task, "out"), i32.mul(i32.mul(outerPart, inner), outBytes)));
      const run = (tile: TileFunction, to: I32): void =>
        body.do(tile(i32.add(x, i32.mul(column, i32.const(bytes))), rows, rowBytes, to, outBytes));
      const target = (): I32 => i32.add(out, i32.mul(column, outBytes));
      for (const [columns, tile] of [
        [TILES[0], large],
        [TILES[1], small],
      ] as const) {
        body.for(column, i32.sub(end, i32.const(columns - 1)), columns, () => run(tile, target()));
      }
      // What is beyond the last column goes with it, but not into the result.
      body.if(i32.ltS(column, end), () => {
        run(small, work);
        body.do(copyBytes(target(), work, i32.mul(i32.sub(end, column), outBytes)));
      });
    });
  });
}

type TileFunction = (from: I32, rows: I32, rowBytes: I32, to: I32, outBytes: I32) => ReturnType<typeof copyBytes>;

/** Adds reductions of both float dtypes to a module. */
export function addReductions(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  for (const kind of ["sum", "max", "min"] as const) {
    for (const bytes of [4, 8] as const) {
      const folding = foldingOf(kind, bytes);
      for (const [axis, add] of [
        ["Rows", addRows],
        ["Columns", addColumns],
      ] as const) {
        const name = `${kind}${axis}_${bytes}`;
        kernels.set(name, add(module, name, folding));
      }
    }
  }
  return kernels;
}
