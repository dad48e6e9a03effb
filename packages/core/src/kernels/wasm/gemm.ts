import type { ModuleBuilder } from "../../wasm/builder.ts";
import type { Code } from "../../wasm/encode.ts";
import { type Features, type I32, i32 } from "../../wasm/instructions.ts";
import { ceiling, DEPTH, type Kind, kinds, minimum, type Product, ROWS, tileColumns, VECTORS } from "./kind.ts";
import { addGatheringPack, addPack } from "./packs.ts";
import { addStorePart, addTiles } from "./tiles.ts";
import { addUnpacked } from "./unpacked.ts";

// C = A·B as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): blocks of both operands are packed in the
// order in which the micro-kernel reads them, so that transposed operands cost nothing, and a tile of C stays in registers.

/** Rows of a block of A, which stays in the second cache. */
export const BLOCK = 96;

/** Bytes of scratch memory that a product needs. */
export function gemmScratch(n: number, k: number, bytes: number): number {
  const depth = Math.min(k, DEPTH);
  const columns = Math.ceil(n / tileColumns(bytes)) * tileColumns(bytes);
  return (columns + BLOCK) * depth * bytes + ROWS * VECTORS * 16;
}

/** Packs columns of B: (b, its steps from p on, its columns, how many, depth, to). */
type PackColumns = (b: I32, steps: I32, p: I32, columns: I32, count: I32, depth: I32, to: I32) => Code;

/** Products of both dtypes: of matrices that are there, and of those that a convolution gathers. */
export interface Products {
  readonly gemm: Readonly<Record<4 | 8, Product>>;
  readonly gather: Readonly<Record<4 | 8, Product>>;
  /** What products are made of: see `addTiles`. */
  readonly tiles: Readonly<Record<4 | 8, Product>>;
  /** Those that read A where it lies. */
  readonly unpacked: Readonly<Record<4 | 8, Product>>;
}

/** Adds the products of matrices to a module. */
export function addGemm(module: ModuleBuilder, features: Features): Products {
  const gemm: Partial<Record<4 | 8, Product>> = {};
  const gather: Partial<Record<4 | 8, Product>> = {};
  const allTiles: Partial<Record<4 | 8, Product>> = {};
  const unpacked: Partial<Record<4 | 8, Product>> = {};
  for (const kind of kinds(features)) {
    const { name, bytes } = kind;
    const columns = tileColumns(bytes);
    const packRows = addPack(module, kind, `pack_${name}_${ROWS}`, ROWS);
    const packColumns = columns === ROWS ? packRows : addPack(module, kind, `pack_${name}_${columns}`, columns);
    const packGathered = addGatheringPack(module, kind, `packGathered_${name}`, columns);
    const storePart = addStorePart(module, kind);
    const tiles = addTiles(module, kind, storePart);
    allTiles[bytes] = tiles;
    unpacked[bytes] = addUnpacked(module, kind, packColumns, storePart);
    gemm[bytes] = addProduct(module, kind, `gemm_${name}`, packRows, tiles, (b, bStep, p, bColumn, count, depth, to) =>
      packColumns(i32.add(b, i32.mul(p, bStep)), bColumn, bStep, count, depth, to),
    );
    gather[bytes] = addProduct(
      module,
      kind,
      `gather_${name}`,
      packRows,
      tiles,
      (b, steps, p, lanes, count, depth, to) =>
        packGathered(b, lanes, i32.add(steps, i32.mul(p, i32.const(4))), count, depth, to),
    );
  }
  return { gemm, gather, unpacked, tiles: allTiles } as Products;
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
  tiles: Product,
  packColumns: PackColumns,
): Product {
  const columns = tileColumns(bytes);
  const size = (count: I32): I32 => i32.mul(count, i32.const(bytes));
  return module.function(
    name,
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, m, n, k, a, aRow, aStep, b, bStep, bColumn, c, cRow, work, add) => {
      const [p, depth, i, rows, j, right, blockB] = body.locals("i32", "i32", "i32", "i32", "i32", "i32", "i32");
      const scratch = work;
      const blockA = body.local("i32", i32.add(work, i32.const(ROWS * VECTORS * 16)));
      // Blocks of the same depth, as far as that goes: a last one of a few steps would cost as much as a long one.
      const most = body.local("i32", ceiling(k, ceiling(k, i32.const(DEPTH))));
      const hasMore = (): I32 => i32.ltS(p, k);
      body.while(hasMore, () => {
        body.set(depth, minimum(i32.sub(k, p), most));
        body.set(blockB, i32.add(blockA, size(i32.mul(depth, i32.const(BLOCK)))));
        body.do(packColumns(b, bStep, p, bColumn, n, depth, blockB));
        body.set(i, i32.const(0));
        body.for(i, m, BLOCK, () => {
          body.set(rows, minimum(i32.sub(m, i), i32.const(BLOCK)));
          body.do(packRows(i32.add(i32.add(a, i32.mul(i, aRow)), i32.mul(p, aStep)), aRow, aStep, rows, depth, blockA));
          body.set(j, i32.const(0));
          body.set(right, blockB);
          body.for(j, n, columns, () => {
            const to = i32.add(i32.add(c, i32.mul(i, cRow)), size(j));
            body.do(tiles(depth, blockA, right, to, cRow, rows, i32.sub(n, j), i32.or(p, add), scratch));
            body.increase(right, size(i32.mul(depth, i32.const(columns))));
          });
        });
        body.increase(p, depth);
      });
    },
  );
}
