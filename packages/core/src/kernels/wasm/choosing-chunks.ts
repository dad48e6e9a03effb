import type { Local, ModuleBuilder } from "../../wasm/builder.ts";
import { f32, f64, type I32, i32, loads, stores, zeroBytes } from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

// Positions of extremes, and vectors with a 1 at a position.

/** The numbers of tasks: x is [outer, length, inner], and results are [outer, inner]. */
export const ARG_TASK = ["results", "perChunk", "length", "inner", "x", "out"] as const;
/** Vectors of elements of 4 bytes; `one` are the bits of 1. */
export const ONE_HOT_TASK = ["results", "perChunk", "classes", "index", "out", "one", "outcome"] as const;

/** Adds positions of extremes, and vectors with a 1 at an index, to a module, as kernels of chunks of results. */
export function addChoosing(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  for (const bytes of [4, 8] as const) {
    for (const name of ["argMax", "argMin"] as const)
      kernels.set(
        `${name}_${bytes}`,
        bytes === 4
          ? addArg(module, `${name}_4`, bytes, "f32", f32, name === "argMax")
          : addArg(module, `${name}_8`, bytes, "f64", f64, name === "argMax"),
      );
  }
  return kernels.set("oneHot_4", addOneHot(module));
}

/** The results of a chunk, from one number to another. */
function range(
  numberAt: (name: "results" | "perChunk") => I32,
  chunk: I32,
): { readonly start: I32; readonly end: (start: I32) => I32 } {
  return {
    start: i32.mul(chunk, numberAt("perChunk")),
    end: (start) => minimum(i32.add(start, numberAt("perChunk")), numberAt("results")),
  };
}

/** The first largest, or smallest, or the first NaN. */
function addArg<T extends "f32" | "f64">(
  module: ModuleBuilder,
  name: string,
  bytes: 4 | 8,
  type: T,
  float: T extends "f32" ? typeof f32 : typeof f64,
  isMax: boolean,
): ChunkKernel {
  // One interface for both types of floats.
  const f = float as typeof f32;
  const load = loads[type] as typeof loads.f32;
  return module.function(name, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const numberAt = (field: (typeof ARG_TASK)[number]): I32 => loads.i32(task, 4 * ARG_TASK.indexOf(field));
    const { start, end } = range(numberAt, chunk);
    const [r, length, inner] = [start, numberAt("length"), numberAt("inner")].map((n) => body.local("i32", n)) as [
      Local<"i32">,
      Local<"i32">,
      Local<"i32">,
    ];
    const last = body.local("i32", end(r));
    const [at, l, until, found] = body.locals("i32", "i32", "i32", "i32");
    const [best, value] = [0, 1].map(() => body.local(type as "f32")) as [Local<"f32">, Local<"f32">];
    body.for(r, last, 1, () => {
      const row = i32.mul(i32.mul(i32.divU(r, inner), length), inner);
      const place = i32.add(row, i32.remU(r, inner));
      body.set(at, i32.add(numberAt("x"), i32.mul(place, i32.const(bytes))));
      body.set(best, f.const(isMax ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY));
      body.set(found, i32.const(0));
      body.set(l, i32.const(0));
      body.set(until, length);
      body.for(l, until, 1, () => {
        body.set(value, load(at));
        // Also where the value is NaN.
        body.if(i32.eqz((isMax ? f.le : f.ge)(value, best)), () => {
          body.set(best, value);
          body.set(found, l);
          body.if(f.ne(value, value), () => body.set(until, l));
        });
        body.increase(at, i32.mul(inner, i32.const(bytes)));
      });
      body.do(stores.i32(i32.add(numberAt("out"), i32.shl(r, i32.const(2))), found));
    });
  });
}

function addOneHot(module: ModuleBuilder): ChunkKernel {
  return module.function("oneHot_4", ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const numberAt = (field: (typeof ONE_HOT_TASK)[number]): I32 => loads.i32(task, 4 * ONE_HOT_TASK.indexOf(field));
    const words = (count: I32): I32 => i32.shl(count, i32.const(2));
    const { start, end } = range(numberAt, chunk);
    const [r, classes] = [body.local("i32", start), body.local("i32", numberAt("classes"))];
    const last = body.local("i32", end(r));
    const outcome = body.local("i32", i32.add(numberAt("outcome"), i32.shl(chunk, i32.const(3))));
    const [to, index] = body.locals("i32", "i32");
    const first = i32.add(numberAt("out"), words(i32.mul(r, classes)));
    body.do(zeroBytes(first, words(i32.mul(i32.sub(last, r), classes))));
    body.set(to, first);
    body.for(r, last, 1, () => {
      body.set(index, loads.i32(i32.add(numberAt("index"), words(r))));
      body.if(
        i32.ltU(index, classes),
        () => body.do(stores.i32(i32.add(to, words(index)), numberAt("one"))),
        () => {
          body.if(i32.eqz(loads.i32(outcome)), () => body.do(stores.i32(outcome, index, 4)));
          body.do(stores.i32(outcome, i32.const(1)));
        },
      );
      body.increase(to, words(classes));
    });
  });
}
