import type { Local, ModuleBuilder } from "../../wasm/builder.ts";
import type { Code } from "../../wasm/encode.ts";
import {
  type Features,
  type FloatVector,
  f32,
  f32x4,
  f64,
  f64x2,
  type I32,
  i32,
  loads,
  stores,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import type { ChunkKernel } from "./tasks.ts";

// C = A·B as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): blocks of both operands are packed in the
// order in which the micro-kernel reads them, so that transposed operands cost nothing, and a tile of C stays in registers.

/** What differs between the two float dtypes. */
interface Kind {
  readonly name: "f32" | "f64";
  readonly vector: FloatVector;
  readonly bytes: 4 | 8;
  /** One value in every lane. */
  readonly splat: (address: I32, offset: number) => V128;
}

/** The tile of C that is held in registers: 4 rows of two vectors, 8 of the 16 registers, whether products are fused or not. */
const ROWS = 4;
const VECTORS = 2;
/** Depth of a block: a panel of B of this depth, 16 kB, stays in the first cache. */
export const DEPTH = 512;
/** Rows of a block of A, which stays in the second cache. */
export const BLOCK = 96;

export const kinds = (features: Features): readonly Kind[] => [
  { name: "f32", vector: f32x4(features), bytes: 4, splat: loads.splat32 },
  { name: "f64", vector: f64x2(features), bytes: 8, splat: loads.splat64 },
];

/** Columns of the tile. */
export const tileColumns = (bytes: number): number => (VECTORS * 16) / bytes;

/** Bytes of scratch memory that a product needs. */
export function gemmScratch(n: number, k: number, bytes: number): number {
  const depth = Math.min(k, DEPTH);
  const columns = Math.ceil(n / tileColumns(bytes)) * tileColumns(bytes);
  return (columns + BLOCK) * depth * bytes + ROWS * VECTORS * 16;
}

/** Packs columns of B: (b, its steps from p on, its columns, how many, depth, to). */
type PackColumns = (b: I32, steps: I32, p: I32, columns: I32, count: I32, depth: I32, to: I32) => Code;

/** A product as a function of a module: see `addProduct`. */
export type Product = (...numbers: I32[]) => Code;

/** Products of both dtypes: of matrices that are there, and of those that a convolution gathers. */
export interface Products {
  readonly gemm: Readonly<Record<4 | 8, Product>>;
  readonly gather: Readonly<Record<4 | 8, Product>>;
}

/** Adds the products of matrices to a module. */
export function addGemm(module: ModuleBuilder, features: Features): Products {
  const gemm: Partial<Record<4 | 8, Product>> = {};
  const gather: Partial<Record<4 | 8, Product>> = {};
  for (const kind of kinds(features)) {
    const { name, bytes } = kind;
    const columns = tileColumns(bytes);
    const packRows = addPack(module, kind, `pack_${name}_${ROWS}`, ROWS);
    const packColumns = columns === ROWS ? packRows : addPack(module, kind, `pack_${name}_${columns}`, columns);
    const packGathered = addGatheringPack(module, kind, `packGathered_${name}`, columns);
    const tile = addTile(module, kind);
    gemm[bytes] = addProduct(module, kind, `gemm_${name}`, packRows, tile, (b, bStep, p, bColumn, count, depth, to) =>
      packColumns(i32.add(b, i32.mul(p, bStep)), bColumn, bStep, count, depth, to),
    );
    gather[bytes] = addProduct(module, kind, `gather_${name}`, packRows, tile, (b, steps, p, lanes, count, depth, to) =>
      packGathered(b, lanes, i32.add(steps, i32.mul(p, i32.const(4))), count, depth, to),
    );
  }
  return { gemm, gather } as Products;
}

/** The numbers of the task of a batch of products, in order; `offsets` is where bytes to each A, then to each B stand. */
export const GEMM_TASK = [
  "batch",
  "matrices",
  "offsets",
  "m",
  "n",
  "k",
  "a",
  "aRow",
  "aStep",
  "b",
  "bStep",
  "bColumn",
  "c",
  "work",
  "workBytes",
  "rows",
  "columns",
] as const;

/** One part of a batch of products: of the matrices, and of the rows and columns of each C, so many to a chunk. */
export function gemmChunk(module: ModuleBuilder, { gemm }: Products, bytes: 4 | 8): ChunkKernel {
  return module.function(`gemmChunk_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, thread) => {
    const at = (name: (typeof GEMM_TASK)[number]): I32 => loads.i32(task, 4 * GEMM_TASK.indexOf(name));
    const across = (length: I32, part: I32): I32 => i32.divU(i32.add(length, i32.sub(part, i32.const(1))), part);
    const [wide, high] = [
      body.local("i32", across(at("n"), at("columns"))),
      body.local("i32", across(at("m"), at("rows"))),
    ];
    const rest = body.local("i32", i32.divU(chunk, wide));
    const i = body.local("i32", i32.mul(i32.remU(rest, high), at("rows")));
    const j = body.local("i32", i32.mul(i32.remU(chunk, wide), at("columns")));
    const matrix = body.local("i32", i32.mul(i32.divU(rest, high), at("matrices")));
    const end = body.local("i32", minimum(at("batch"), i32.add(matrix, at("matrices"))));
    const cRow = body.local("i32", i32.mul(at("n"), i32.const(bytes)));
    const [m, n] = [
      body.local("i32", minimum(i32.sub(at("m"), i), at("rows"))),
      body.local("i32", minimum(i32.sub(at("n"), j), at("columns"))),
    ];
    const work = body.local("i32", i32.add(at("work"), i32.mul(thread, at("workBytes"))));
    const offsetOf = (index: I32): I32 => loads.i32(i32.add(at("offsets"), i32.shl(index, i32.const(2))));
    body.for(matrix, end, 1, () => {
      const a = i32.add(i32.add(at("a"), i32.mul(i, at("aRow"))), offsetOf(matrix));
      const b = i32.add(i32.add(at("b"), i32.mul(j, at("bColumn"))), offsetOf(i32.add(matrix, at("batch"))));
      const c = i32.add(
        i32.add(at("c"), i32.mul(i32.add(i32.mul(matrix, at("m")), i), cRow)),
        i32.mul(j, i32.const(bytes)),
      );
      const [aRow, aStep, bStep, bColumn] = [at("aRow"), at("aStep"), at("bStep"), at("bColumn")];
      body.do(gemm[bytes](m, n, at("k"), a, aRow, aStep, b, bStep, bColumn, c, cRow, work, i32.const(0)));
    });
  });
}

/**
 * C of m×n, whose rows are cRow bytes apart, from elements A[i, p] at a + i·aRow + p·aStep and B[p, j] at b + p·bStep + j·bColumn: strides in bytes. For `gather`
 * the two of B are the addresses of tables: B[p, j] is at b + bStep[p] + bColumn[j]. `work` has `gemmScratch` bytes; what is in C is
 * added to, unless `add` is 0.
 */
function addProduct(
  module: ModuleBuilder,
  { bytes }: Kind,
  name: string,
  packRows: Product,
  tile: Product,
  packColumns: PackColumns,
): Product {
  const columns = tileColumns(bytes);
  const size = (count: I32): I32 => i32.mul(count, i32.const(bytes));
  return module.function(
    name,
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, m, n, k, a, aRow, aStep, b, bStep, bColumn, c, cRow, work, add) => {
      const [p, depth, i, rows, j, r] = body.locals("i32", "i32", "i32", "i32", "i32", "i32");
      const [panel, left, right, to, blockB] = body.locals("i32", "i32", "i32", "i32", "i32");
      const scratch = work;
      const blockA = body.local("i32", i32.add(work, i32.const(ROWS * VECTORS * 16)));
      body.set(p, i32.const(0));
      body.for(p, k, DEPTH, () => {
        body.set(depth, minimum(i32.sub(k, p), i32.const(DEPTH)));
        body.set(blockB, i32.add(blockA, size(i32.mul(depth, i32.const(BLOCK)))));
        body.do(packColumns(b, bStep, p, bColumn, n, depth, blockB));
        body.set(i, i32.const(0));
        body.for(i, m, BLOCK, () => {
          body.set(rows, minimum(i32.sub(m, i), i32.const(BLOCK)));
          body.do(packRows(i32.add(i32.add(a, i32.mul(i, aRow)), i32.mul(p, aStep)), aRow, aStep, rows, depth, blockA));
          body.set(j, i32.const(0));
          body.set(right, blockB);
          body.for(j, n, columns, () => {
            body.set(r, i32.const(0));
            body.set(left, blockA);
            body.set(panel, size(i32.mul(depth, i32.const(ROWS))));
            body.set(to, i32.add(i32.add(c, i32.mul(i, cRow)), size(j)));
            body.for(r, rows, ROWS, () => {
              body.do(tile(depth, left, right, to, cRow, i32.sub(rows, r), i32.sub(n, j), i32.or(p, add), scratch));
              body.increase(left, panel);
              body.increase(to, i32.mul(cRow, i32.const(ROWS)));
            });
            body.increase(right, size(i32.mul(depth, i32.const(columns))));
          });
        });
      });
    },
  );
}

export const minimum = (a: I32, b: I32): I32 => ({ type: "i32", code: [a.code, b.code, i32.ltS(a, b).code, 0x1b] });

/**
 * Lays out lanes (rows of A, or columns of B) in panels of `width`: for each step the lanes of a panel, one after another. Lanes beyond the
 * last repeat it, or hold whatever lies behind in memory: their results are not stored.
 */
function addPack(module: ModuleBuilder, { bytes, vector }: Kind, name: string, width: number): Product {
  const perVector = vector.lanes;
  return module.function(
    name,
    ["i32", "i32", "i32", "i32", "i32", "i32"],
    (body, from, laneStride, stepStride, lanes, depth, to) => {
      const first = body.local("i32", i32.const(0));
      const step = body.local("i32");
      const at = body.local("i32");
      body.for(first, lanes, width, () => {
        body.set(step, i32.const(0));
        body.if(
          i32.eq(laneStride, i32.const(bytes)),
          // Lanes lie side by side.
          () => {
            body.set(at, i32.add(from, i32.mul(first, laneStride)));
            body.for(step, depth, 1, () => {
              for (let offset = 0; offset < width * bytes; offset += 16)
                body.do(stores.v128(to, loads.v128(at, offset), offset));
              body.increase(at, stepStride);
              body.increase(to, width * bytes);
            });
          },
          () => {
            const addresses = Array.from({ length: width }, (_, lane) => {
              const clamped = minimum(i32.add(first, i32.const(lane)), i32.sub(lanes, i32.const(1)));
              return body.local("i32", i32.add(from, i32.mul(clamped, laneStride)));
            });
            // Steps of a lane lie side by side: squares of vectors are transposed.
            body.if(i32.eq(stepStride, i32.const(bytes)), () => {
              const rows = Array.from({ length: perVector }, () => body.local("v128"));
              const end = i32.sub(depth, i32.const(perVector - 1));
              body.for(step, end, perVector, () => {
                for (let lane = 0; lane < width; lane += perVector) {
                  for (const [r, row] of rows.entries()) body.set(row, loads.v128(addresses[lane + r]!));
                  for (const [s, column] of transposed(rows, perVector).entries()) {
                    body.do(stores.v128(to, column, (s * width + lane) * bytes));
                  }
                }
                for (const address of addresses) body.increase(address, 16);
                body.increase(to, perVector * width * bytes);
              });
            });
            body.for(step, depth, 1, () => {
              for (const [lane, address] of addresses.entries()) {
                if (bytes === 4) body.do(stores.f32(to, loads.f32(address), lane * bytes));
                else body.do(stores.f64(to, loads.f64(address), lane * bytes));
                body.increase(address, stepStride);
              }
              body.increase(to, width * bytes);
            });
          },
        );
      });
    },
  );
}

/** As `addPack`, with the lane's and the step's part of each address from tables. */
function addGatheringPack(module: ModuleBuilder, { bytes }: Kind, name: string, width: number): Product {
  return module.function(
    name,
    ["i32", "i32", "i32", "i32", "i32", "i32"],
    (body, from, laneTable, stepTable, lanes, depth, to) => {
      const [first, step, at] = [body.local("i32", i32.const(0)), body.local("i32"), body.local("i32")];
      const offsets = Array.from({ length: width }, () => body.local("i32"));
      const stepEnd = body.local("i32", i32.add(stepTable, i32.mul(depth, i32.const(4))));
      body.for(first, lanes, width, () => {
        for (const [lane, offset] of offsets.entries()) {
          const clamped = minimum(i32.add(first, i32.const(lane)), i32.sub(lanes, i32.const(1)));
          body.set(offset, loads.i32(i32.add(laneTable, i32.mul(clamped, i32.const(4)))));
        }
        body.set(step, stepTable);
        body.if(
          // Lanes lie side by side, for tables rise.
          i32.eq(
            i32.add(i32.sub(offsets.at(-1)!, offsets[0]!), i32.const(bytes)),
            i32.mul(minimum(i32.sub(lanes, first), i32.const(width)), i32.const(bytes)),
          ),
          () =>
            body.for(step, stepEnd, 4, () => {
              body.set(at, i32.add(i32.add(from, loads.i32(step)), offsets[0]!));
              for (let offset = 0; offset < width * bytes; offset += 16)
                body.do(stores.v128(to, loads.v128(at, offset), offset));
              body.increase(to, width * bytes);
            }),
          () =>
            body.for(step, stepEnd, 4, () => {
              body.set(at, i32.add(from, loads.i32(step)));
              for (const [lane, offset] of offsets.entries()) {
                const address = i32.add(at, offset);
                if (bytes === 4) body.do(stores.f32(to, loads.f32(address), lane * bytes));
                else body.do(stores.f64(to, loads.f64(address), lane * bytes));
              }
              body.increase(to, width * bytes);
            }),
        );
      });
    },
  );
}

/** Four vectors of four, or two of two, with rows and columns exchanged. */
function transposed(rows: readonly V128[], lanes: 2 | 4): V128[] {
  const pick = (a: V128, b: V128, places: readonly number[], bytes: number): V128 =>
    v128.shuffle(
      a,
      b,
      places.flatMap((place) => Array.from({ length: bytes }, (_, byte) => place * bytes + byte)),
    );
  if (lanes === 2) return [pick(rows[0]!, rows[1]!, [0, 2], 8), pick(rows[0]!, rows[1]!, [1, 3], 8)];
  const [a, b, c, d] = rows as [V128, V128, V128, V128];
  const [low, lowRest] = [pick(a, b, [0, 4, 1, 5], 4), pick(c, d, [0, 4, 1, 5], 4)];
  const [high, highRest] = [pick(a, b, [2, 6, 3, 7], 4), pick(c, d, [2, 6, 3, 7], 4)];
  return [
    pick(low, lowRest, [0, 2], 8),
    pick(low, lowRest, [1, 3], 8),
    pick(high, highRest, [0, 2], 8),
    pick(high, highRest, [1, 3], 8),
  ];
}

/** A tile of C: the products of one panel of rows and one of columns, added to what is there unless `p` is 0. */
function addTile(module: ModuleBuilder, { name, bytes, vector, splat }: Kind): Product {
  const columns = tileColumns(bytes);
  return module.function(
    `tile_${name}`,
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, depth, left, right, to, rowBytes, rowsLeft, columnsLeft, p, scratch) => {
      const sums = Array.from({ length: ROWS }, () =>
        Array.from({ length: VECTORS }, () => body.local("v128", vector.const(0))),
      );
      const [column, value] = [Array.from({ length: VECTORS }, () => body.local("v128")), body.local("v128")];
      const step = body.local("i32", i32.const(0));
      body.for(step, depth, 1, () => {
        for (const [v, x] of column.entries()) body.set(x, loads.v128(right, 16 * v));
        for (const [r, row] of sums.entries()) {
          body.set(value, splat(left, r * bytes));
          for (const [v, sum] of row.entries()) body.set(sum, vector.madd(value, column[v]!, sum));
        }
        body.increase(left, ROWS * bytes);
        body.increase(right, columns * bytes);
      });
      const isWhole = i32.and(i32.geS(rowsLeft, i32.const(ROWS)), i32.geS(columnsLeft, i32.const(columns)));
      const each = (f: (sum: Local<"v128">, r: number, v: number) => void): void => {
        for (const [r, row] of sums.entries()) for (const [v, sum] of row.entries()) f(sum, r, v);
      };
      body.if(
        isWhole,
        () => {
          const at = Array.from({ length: ROWS }, (_, r) => (r === 0 ? to : body.local("i32")));
          for (let r = 1; r < ROWS; r++) body.set(at[r]!, i32.add(at[r - 1]!, rowBytes));
          body.if(p, () => each((sum, r, v) => body.set(sum, vector.add(sum, loads.v128(at[r]!, 16 * v)))));
          each((sum, r, v) => body.do(stores.v128(at[r]!, sum, 16 * v)));
        },
        () => {
          each((sum, r, v) => body.do(stores.v128(scratch, sum, (r * VECTORS + v) * 16)));
          const [r, c, from] = [body.local("i32", i32.const(0)), body.local("i32"), body.local("i32")];
          const rows = minimum(rowsLeft, i32.const(ROWS));
          const width = body.local("i32", i32.mul(minimum(columnsLeft, i32.const(columns)), i32.const(bytes)));
          body.for(r, rows, 1, () => {
            body.set(from, i32.add(scratch, i32.mul(r, i32.const(columns * bytes))));
            body.set(c, i32.const(0));
            body.for(c, width, bytes, () => {
              const [target, source] = [i32.add(to, c), i32.add(from, c)];
              if (bytes === 4) {
                body.if(
                  p,
                  () => body.do(stores.f32(target, f32.add(loads.f32(target), loads.f32(source)))),
                  () => body.do(stores.f32(target, loads.f32(source))),
                );
              } else {
                body.if(
                  p,
                  () => body.do(stores.f64(target, f64.add(loads.f64(target), loads.f64(source)))),
                  () => body.do(stores.f64(target, loads.f64(source))),
                );
              }
            });
            body.set(to, i32.add(to, rowBytes));
          });
        },
      );
    },
  );
}
