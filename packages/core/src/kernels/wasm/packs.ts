import type { ModuleBuilder } from "../../wasm/builder.ts";
import { i32, loads, stores, type V128, v128 } from "../../wasm/instructions.ts";
import { type Kind, minimum, type Product } from "./kind.ts";

/**
 * Lays out lanes (rows of A, or columns of B) in panels of `width`: for each step the lanes of a panel, one after another. Lanes beyond the
 * last repeat it, or hold whatever lies behind in memory: their results are not stored.
 */
export function addPack(module: ModuleBuilder, { bytes, vector }: Kind, name: string, width: number): Product {
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
export function addGatheringPack(module: ModuleBuilder, { bytes }: Kind, name: string, width: number): Product {
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
export function transposed(rows: readonly V128[], lanes: 2 | 4): V128[] {
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
