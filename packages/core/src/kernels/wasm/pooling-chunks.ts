import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import { f32x4, type I32, i32, i32x4, loads, stores, type V128, v128 } from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/** The numbers of a pool's task: sizes, addresses, and for each axis how many windows there are, how far apart their elements, and tables. */
export const POOLING_TASK = [
  "planes",
  "perChunk",
  "area",
  "height",
  "width",
  "x",
  "values",
  "positions",
  "deepCount",
  "deepStep",
  "deepStarts",
  "deepEnds",
  "highCount",
  "highStep",
  "highStarts",
  "highEnds",
  "wideCount",
  "wideStep",
  "wideStarts",
  "wideEnds",
  // Neighbours along a row, from one to before another, that are the same but for their place, 1 or 2 apart.
  "evenFrom",
  "evenTo",
  "stride",
] as const;
type Name = (typeof POOLING_TASK)[number];

const at = (task: I32, name: Name): I32 => loads.i32(task, 4 * POOLING_TASK.indexOf(name));
const entry = (task: I32, table: Name, index: I32): I32 =>
  loads.i32(i32.add(at(task, table), i32.shl(index, i32.const(2))));
/** 0, 1, 2, 3 */
const LANES = [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
/** The first, third, fifth and seventh of eight floats. */
const EVERY_SECOND = [0, 4, 8, 12].flatMap((lane) => [0, 1, 2, 3].map((byte) => 2 * lane + byte));

/** Adds max pooling of float32, first maxima and their positions, to a module: a kernel of chunks of planes. */
export function addPooling(module: ModuleBuilder): ChunkKernel {
  const f = f32x4({ fma: false });

  /** Counts by a step that is not known before. */
  const each = (body: Body, i: Local<"i32">, from: I32, to: I32, step: I32, run: () => void): void => {
    body.set(i, from);
    body.while(
      () => i32.ltS(i, to),
      () => {
        run();
        body.increase(i, step);
      },
    );
  };

  return module.function("maxPool_4", ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const [plane, d, h, w, i, j, k] = body.locals("i32", "i32", "i32", "i32", "i32", "i32", "i32");
    const [x, out, row, top, bottom, left, right] = body.locals("i32", "i32", "i32", "i32", "i32", "i32", "i32");
    const [best, place, value] = body.locals("v128", "v128", "v128");
    const [width, area] = [body.local("i32", at(task, "width")), body.local("i32", at(task, "area"))];
    const [wide, wideStep] = [body.local("i32", at(task, "wideCount")), body.local("i32", at(task, "wideStep"))];
    const [evenFrom, evenTo] = [body.local("i32", at(task, "evenFrom")), body.local("i32", at(task, "evenTo"))];
    const isSecond = body.local("i32", i32.eq(at(task, "stride"), i32.const(2)));
    const lanes = body.local("v128", i32x4.shl(v128.const(LANES), isSecond));

    /** The window that begins at column w, or it and its neighbours to the right as the lanes of a vector. */
    const window = (load: (address: I32) => V128): void => {
      body.set(left, entry(task, "wideStarts", w));
      body.set(right, entry(task, "wideEnds", w));
      const first = (row: I32): I32 => i32.add(x, i32.shl(i32.add(row, left), i32.const(2)));
      const dFrom = entry(task, "deepStarts", d);
      body.set(row, i32.mul(i32.add(i32.mul(dFrom, at(task, "height")), top), width));
      body.set(best, load(first(row)));
      body.set(place, i32x4.add(i32x4.splat(i32.add(row, left)), lanes));
      each(body, i, dFrom, entry(task, "deepEnds", d), at(task, "deepStep"), () => {
        each(body, j, top, bottom, at(task, "highStep"), () => {
          body.set(row, i32.mul(i32.add(i32.mul(i, at(task, "height")), j), width));
          each(body, k, left, right, wideStep, () => {
            const here = body.local("i32", i32.add(row, k));
            body.set(value, load(i32.add(x, i32.shl(here, i32.const(2)))));
            // What is not smaller or equal is larger, or NaN; nothing comes after a NaN.
            const isNext = body.local("v128", v128.andNot(f.eq(best, best), f.le(value, best)));
            body.set(best, v128.select(value, best, isNext));
            body.set(place, v128.select(i32x4.add(i32x4.splat(here), lanes), place, isNext));
          });
        });
      });
    };
    const target = (name: "values" | "positions"): I32 =>
      i32.add(at(task, name), i32.shl(i32.add(out, w), i32.const(2)));
    const single = (from: I32, to: I32): void =>
      each(body, w, from, to, i32.const(1), () => {
        window((address) => loads.zero32(address));
        body.do(stores.lane32(target("values"), best));
        body.do(stores.lane32(target("positions"), place));
      });
    const four = (load: (address: I32) => V128): void =>
      each(body, w, evenFrom, evenTo, i32.const(4), () => {
        // The last four overlap the four before.
        body.set(w, minimum(w, i32.sub(evenTo, i32.const(4))));
        window(load);
        body.do(stores.v128(target("values"), best));
        body.do(stores.v128(target("positions"), place));
      });

    body.set(plane, i32.mul(chunk, at(task, "perChunk")));
    const end = body.local("i32", i32.add(plane, minimum(i32.sub(at(task, "planes"), plane), at(task, "perChunk"))));
    body.set(x, i32.add(at(task, "x"), i32.shl(i32.mul(plane, area), i32.const(2))));
    body.set(out, i32.mul(i32.mul(i32.mul(plane, at(task, "deepCount")), at(task, "highCount")), wide));
    body.for(plane, end, 1, () => {
      each(body, d, i32.const(0), at(task, "deepCount"), i32.const(1), () => {
        each(body, h, i32.const(0), at(task, "highCount"), i32.const(1), () => {
          body.set(top, entry(task, "highStarts", h));
          body.set(bottom, entry(task, "highEnds", h));
          single(i32.const(0), evenFrom);
          body.if(
            isSecond,
            () => four((address) => v128.shuffle(loads.v128(address), loads.v128(address, 16), EVERY_SECOND)),
            () => four((address) => loads.v128(address)),
          );
          single(evenTo, wide);
          body.increase(out, wide);
        });
      });
      body.increase(x, i32.shl(area, i32.const(2)));
    });
  });
}
