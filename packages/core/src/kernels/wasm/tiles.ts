import type { Local, ModuleBuilder } from "../../wasm/builder.ts";
import { f32, f64, i32, loads, stores } from "../../wasm/instructions.ts";
import { type Kind, minimum, type Product, ROWS, tileColumns, VECTORS } from "./kind.ts";

/**
 * Steps of the depth that one run of the loop takes. Each but the first begins with a way out: without one, compilers load what all steps
 * read before they multiply, and have no registers left for the sums.
 */
const STEPS = 4;

/**
 * Tiles of C, one below another: the products of panels of rows with one panel of columns, (depth, left, right, to, bytes of a row of C,
 * rows, columns left, add, scratch). They are added to what is there unless `add` is 0.
 */
export function addTiles(module: ModuleBuilder, { name, bytes, vector, splat }: Kind, storePart: Product): Product {
  const columns = tileColumns(bytes);
  return module.function(
    `tiles_${name}`,
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, depth, panelA, panelB, to, rowBytes, rows, columnsLeft, add, scratch) => {
      const sums = Array.from({ length: ROWS }, () => Array.from({ length: VECTORS }, () => body.local("v128")));
      const [column, value] = [Array.from({ length: VECTORS }, () => body.local("v128")), body.local("v128")];
      const [left, right, row] = body.locals("i32", "i32", "i32");
      const size = body.local("i32", i32.mul(depth, i32.const(ROWS * bytes)));
      const end = body.local("i32", i32.add(panelB, i32.mul(depth, i32.const(columns * bytes))));
      const each = (f: (sum: Local<"v128">, r: number, v: number) => void): void => {
        for (const [r, ofRow] of sums.entries()) for (const [v, sum] of ofRow.entries()) f(sum, r, v);
      };
      const step = (s: number): void => {
        for (const [v, x] of column.entries()) body.set(x, loads.v128(right, (s * VECTORS + v) * 16));
        for (const [r, ofRow] of sums.entries()) {
          body.set(value, splat(left, (s * ROWS + r) * bytes));
          for (const [v, sum] of ofRow.entries()) body.set(sum, vector.madd(value, column[v]!, sum));
        }
        if (s + 1 < STEPS)
          body.if(i32.ltU(i32.add(right, i32.const((s + 1) * columns * bytes)), end), () => step(s + 1));
      };
      body.set(row, i32.const(0));
      body.for(row, rows, ROWS, () => {
        each((sum) => body.set(sum, vector.const(0)));
        body.set(left, panelA);
        body.set(right, panelB);
        body.while(
          () => i32.ltU(right, end),
          () => {
            step(0);
            body.increase(left, STEPS * ROWS * bytes);
            body.increase(right, STEPS * columns * bytes);
          },
        );
        body.increase(panelA, size);
        const rowsLeft = i32.sub(rows, row);
        const isWhole = i32.and(i32.geS(rowsLeft, i32.const(ROWS)), i32.geS(columnsLeft, i32.const(columns)));
        body.if(
          isWhole,
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

/** Stores what there is of a tile at an edge: (the tile, to, bytes of a row of C, rows left, columns left, add). */
export function addStorePart(module: ModuleBuilder, { name, bytes }: Kind): Product {
  const columns = tileColumns(bytes);
  return module.function(
    `storePart_${name}`,
    ["i32", "i32", "i32", "i32", "i32", "i32"],
    (body, tile, to, rowBytes, rowsLeft, columnsLeft, add) => {
      const [r, c] = body.locals("i32", "i32");
      const rows = body.local("i32", minimum(rowsLeft, i32.const(ROWS)));
      const width = body.local("i32", i32.mul(minimum(columnsLeft, i32.const(columns)), i32.const(bytes)));
      body.for(r, rows, 1, () => {
        body.set(c, i32.const(0));
        body.for(c, width, bytes, () => {
          const [target, source] = [i32.add(to, c), i32.add(tile, c)];
          if (bytes === 4) {
            body.if(
              add,
              () => body.do(stores.f32(target, f32.add(loads.f32(target), loads.f32(source)))),
              () => body.do(stores.f32(target, loads.f32(source))),
            );
          } else {
            body.if(
              add,
              () => body.do(stores.f64(target, f64.add(loads.f64(target), loads.f64(source)))),
              () => body.do(stores.f64(target, loads.f64(source))),
            );
          }
        });
        body.increase(to, rowBytes);
        body.increase(tile, columns * bytes);
      });
    },
  );
}
