import type { Local, ModuleBuilder } from "../../wasm/builder.ts";
import { type I32, i32, loads, stores } from "../../wasm/instructions.ts";
import { ceiling, DEPTH, type Kind, minimum, type Product, ROWS, tileColumns, VECTORS } from "./kind.ts";

// Where operands stay in the caches, packing costs more than it saves: with few rows or columns it would take as long as the product.

/** Steps of the depth that one run of the loop takes; see `addTiles`. */
const STEPS = 4;
/** Rows up to which B is read where it lies, if its columns lie side by side. */
export const FEW_ROWS = 8;

/**
 * A product as `addGemm` has it, which packs A never, and B only when its columns are apart or serve many rows. Of A, rows or steps must lie
 * side by side. `work` has `gemmScratch` bytes.
 */
export function addUnpacked(module: ModuleBuilder, kind: Kind, packColumns: Product, storePart: Product): Product {
  const { name, bytes } = kind;
  const columns = tileColumns(bytes);
  const tiles = [1, 2].map((vectors) => ({
    apart: addTiles(module, kind, storePart, vectors, false),
    adjacent: addTiles(module, kind, storePart, vectors, true),
  }));
  return module.function(
    `unpacked_${name}`,
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, m, n, k, a, aRow, aStep, b, bStep, bColumn, c, cRow, work, add) => {
      const [p, depth, j, right, left, to, panel, step] = body.locals(
        "i32",
        "i32",
        "i32",
        "i32",
        "i32",
        "i32",
        "i32",
        "i32",
      );
      const block = body.local("i32", i32.add(work, i32.const(ROWS * VECTORS * 16)));
      const isPacked = body.local("i32", i32.or(i32.ne(bColumn, i32.const(bytes)), i32.gtS(m, i32.const(FEW_ROWS))));
      const most = body.local("i32", ceiling(k, ceiling(k, i32.const(DEPTH))));
      const hasMore = (): I32 => i32.ltS(p, k);
      body.while(hasMore, () => {
        body.set(depth, minimum(i32.sub(k, p), most));
        body.set(right, i32.add(b, i32.mul(p, bStep)));
        body.set(panel, i32.const(columns * bytes));
        body.set(step, bStep);
        body.if(isPacked, () => {
          body.do(packColumns(right, bColumn, bStep, n, depth, block));
          body.set(right, block);
          body.set(step, panel);
          body.set(panel, i32.mul(depth, i32.const(columns * bytes)));
        });
        body.set(left, i32.add(a, i32.mul(p, aStep)));
        body.set(to, c);
        body.set(j, i32.const(0));
        body.for(j, n, columns, () => {
          const rest = i32.sub(n, j);
          const run = (which: Product): void =>
            body.do(which(depth, left, aRow, aStep, right, step, to, cRow, m, rest, i32.or(p, add), work));
          body.if(
            i32.eq(aRow, i32.const(bytes)),
            () =>
              body.if(
                i32.leU(rest, i32.const(columns / 2)),
                () => run(tiles[0]!.adjacent),
                () => run(tiles[1]!.adjacent),
              ),
            () =>
              body.if(
                i32.leU(rest, i32.const(columns / 2)),
                () => run(tiles[0]!.apart),
                () => run(tiles[1]!.apart),
              ),
          );
          body.increase(right, panel);
          body.increase(to, columns * bytes);
        });
        body.increase(p, depth);
      });
    },
  );
}

/**
 * Tiles of so many vectors, one below another: (depth, A, aRow, aStep, B, bStep, to, bytes of a row of C, rows, columns left, add, scratch).
 * @param areAdjacent whether the rows of A lie side by side, else its steps do.
 */
function addTiles(
  module: ModuleBuilder,
  { name, bytes, vector, splat }: Kind,
  storePart: Product,
  vectors: number,
  areAdjacent: boolean,
): Product {
  const columns = (vectors * 16) / bytes;
  return module.function(
    `unpackedTiles_${name}_${vectors}_${areAdjacent ? "adjacent" : "apart"}`,
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, depth, a, aRow, aStep, b, bStep, to, rowBytes, rows, columnsLeft, add, scratch) => {
      const sums = Array.from({ length: ROWS }, () => Array.from({ length: vectors }, () => body.local("v128")));
      const [column, value] = [Array.from({ length: vectors }, () => body.local("v128")), body.local("v128")];
      const lefts = Array.from({ length: areAdjacent ? 1 : ROWS }, () => body.local("i32"));
      const [right, row] = body.locals("i32", "i32");
      const end = body.local("i32", i32.add(b, i32.mul(depth, bStep)));
      const each = (f: (sum: Local<"v128">, r: number, v: number) => void): void => {
        for (const [r, ofRow] of sums.entries()) for (const [v, sum] of ofRow.entries()) f(sum, r, v);
      };
      const step = (s: number): void => {
        for (const [v, x] of column.entries()) body.set(x, loads.v128(right, v * 16));
        for (const [r, ofRow] of sums.entries()) {
          body.set(value, areAdjacent ? splat(lefts[0]!, r * bytes) : splat(lefts[r]!, s * bytes));
          for (const [v, sum] of ofRow.entries()) body.set(sum, vector.madd(value, column[v]!, sum));
        }
        if (areAdjacent) body.increase(lefts[0]!, aStep);
        body.increase(right, bStep);
        if (s + 1 < STEPS) body.if(i32.ltU(right, end), () => step(s + 1));
      };
      body.for(row, rows, ROWS, () => {
        const rowsLeft = body.local("i32", i32.sub(rows, row));
        each((sum) => body.set(sum, vector.const(0)));
        for (const [r, left] of lefts.entries()) {
          // Rows that are not there repeat the last one: their results are not stored.
          const at = i32.add(row, minimum(i32.const(r), i32.sub(rowsLeft, i32.const(1))));
          body.set(left, i32.add(a, i32.mul(at, aRow)));
        }
        body.set(right, b);
        body.while(
          () => i32.ltU(right, end),
          () => {
            step(0);
            if (!areAdjacent) for (const left of lefts) body.increase(left, STEPS * bytes);
          },
        );
        body.if(
          i32.and(i32.geS(rowsLeft, i32.const(ROWS)), i32.geS(columnsLeft, i32.const(columns))),
          () => {
            const at = Array.from({ length: ROWS }, (_, r) => (r === 0 ? to : body.local("i32")));
            for (let r = 1; r < ROWS; r++) body.set(at[r]!, i32.add(at[r - 1]!, rowBytes));
            body.if(add, () => each((sum, r, v) => body.set(sum, vector.add(sum, loads.v128(at[r]!, 16 * v)))));
            each((sum, r, v) => body.do(stores.v128(at[r]!, sum, 16 * v)));
          },
          () => {
            each((sum, r, v) => body.do(stores.v128(scratch, sum, (r * VECTORS + v) * 16)));
            body.do(storePart(scratch, to, rowBytes, rowsLeft, columnsLeft, add));
          },
        );
        body.increase(to, i32.mul(rowBytes, i32.const(ROWS)));
      });
    },
  );
}
