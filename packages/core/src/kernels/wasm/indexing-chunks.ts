import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import { f32, f64, type I32, i32, loads, stores } from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/**
 * The numbers of a task that reads or writes at indices: x is [outer, length, inner], and the index, whose strides are in elements, says for
 * [outer, count, inner] where along `length`.
 */
export const INDEXING_TASK = [
  "outer",
  "perChunk",
  "length",
  "count",
  "inner",
  "x",
  "index",
  "indexOuter",
  "indexStep",
  "indexInner",
  "out",
  "source",
  "outcome",
] as const;

const at = (task: I32, name: (typeof INDEXING_TASK)[number]): I32 => loads.i32(task, 4 * INDEXING_TASK.indexOf(name));

/** Adds `gather` and `scatterAdd` for elements of 4 and of 8 bytes to a module, as kernels of chunks of `outer`. */
export function addIndexing(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  for (const bytes of [4, 8] as const) {
    const copy = (body: Body, to: I32, from: I32): void =>
      body.do(bytes === 4 ? stores.i32(to, loads.i32(from)) : stores.f64(to, loads.f64(from)));
    const add = (body: Body, to: I32, from: I32): void =>
      body.do(
        bytes === 4
          ? stores.f32(to, f32.add(loads.f32(to), loads.f32(from)))
          : stores.f64(to, f64.add(loads.f64(to), loads.f64(from))),
      );
    const define = (name: string, isScatter: boolean): void => {
      kernels.set(
        `${name}_${bytes}`,
        module.function(`${name}_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
          const [length, count, inner] = (["length", "count", "inner"] as const).map((part) =>
            body.local("i32", at(task, part)),
          ) as [Local<"i32">, Local<"i32">, Local<"i32">];
          const [o, end] = [body.local("i32", i32.mul(chunk, at(task, "perChunk"))), body.local("i32")];
          body.set(end, minimum(i32.add(o, at(task, "perChunk")), at(task, "outer")));
          const outcome = body.local("i32", i32.add(at(task, "outcome"), i32.shl(chunk, i32.const(3))));
          const [j, i, row, place, spot, one] = body.locals("i32", "i32", "i32", "i32", "i32", "i32");
          const scaled = (elements: I32): I32 => i32.shl(elements, i32.const(bytes === 4 ? 2 : 3));
          /** Where along the axis an index points, or 0 with a note of what it is. */
          const find = (index: I32): void => {
            body.set(place, loads.i32(i32.add(at(task, "index"), i32.shl(index, i32.const(2)))));
            body.set(one, place);
            body.if(i32.ltS(place, i32.const(0)), () => body.increase(place, length));
            body.if(i32.geU(place, length), () => {
              body.if(i32.eqz(loads.i32(outcome)), () => body.do(stores.i32(outcome, one, 4)));
              body.do(stores.i32(outcome, i32.const(1)));
              body.set(place, i32.const(0));
            });
          };
          const wide = body.local("i32", i32.mul(length, inner));
          body.for(o, end, 1, () => {
            body.set(row, i32.mul(o, i32.mul(count, inner)));
            if (isScatter) {
              body.set(i, i32.const(0));
              body.for(i, wide, 1, () => {
                body.set(spot, scaled(i32.add(i32.mul(o, wide), i)));
                copy(body, i32.add(at(task, "out"), spot), i32.add(at(task, "x"), spot));
              });
            }
            body.set(j, i32.const(0));
            body.for(j, count, 1, () => {
              const first = i32.add(i32.mul(o, at(task, "indexOuter")), i32.mul(j, at(task, "indexStep")));
              const isShared = i32.eqz(at(task, "indexInner"));
              body.if(isShared, () => find(first));
              body.set(i, i32.const(0));
              body.for(i, inner, 1, () => {
                body.if(i32.eqz(isShared), () => find(i32.add(first, i32.mul(i, at(task, "indexInner")))));
                const far = i32.add(i32.mul(o, wide), i32.add(i32.mul(place, inner), i));
                const near = i32.add(row, i32.add(i32.mul(j, inner), i));
                body.set(spot, scaled(far));
                if (isScatter) add(body, i32.add(at(task, "out"), spot), i32.add(at(task, "source"), scaled(near)));
                else copy(body, i32.add(at(task, "out"), scaled(near)), i32.add(at(task, "x"), spot));
              });
            });
          });
        }),
      );
    };
    define("gather", false);
    define("scatterAdd", true);
  }
  return kernels;
}
