import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import {
  demoteZero,
  f32,
  f64,
  f64x2,
  type I32,
  i32,
  loads,
  promoteLow,
  stores,
  type V128,
  v128,
  zeroBytes,
} from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import { POOLING_TASK } from "./pooling-chunks.ts";
import type { ChunkKernel } from "./tasks.ts";

// Sums of windows, and their transpose, by the same tasks as maxima; `positions` says nothing.

type Name = (typeof POOLING_TASK)[number];

const at = (task: I32, name: Name): I32 => loads.i32(task, 4 * POOLING_TASK.indexOf(name));
const entry = (task: I32, table: Name, index: I32): I32 =>
  loads.i32(i32.add(at(task, table), i32.shl(index, i32.const(2))));
const f = f64x2({ fma: false });
/** Floats of two vectors by their numbers. */
const pick = (a: V128, b: V128, places: readonly number[]): V128 =>
  v128.shuffle(
    a,
    b,
    places.flatMap((place) => [0, 1, 2, 3].map((byte) => 4 * place + byte)),
  );

/** Counts by a step that is not known before. */
function each(body: Body, i: Local<"i32">, from: I32, to: I32, step: I32, run: () => void): void {
  body.set(i, from);
  body.while(
    () => i32.ltS(i, to),
    () => {
      run();
      body.increase(i, step);
    },
  );
}

/** The places of one window: rows of it, and from where to where in a row. */
interface Window {
  readonly out: I32;
  readonly eachPlace: (visit: (place: I32) => void) => void;
}

/** Visits the windows of a chunk's planes: those of a row one by one, but for `four`, which takes those of an even run in fours. */
function eachWindow(
  body: Body,
  task: I32,
  chunk: I32,
  bytes: 4 | 8,
  single: (window: Window) => void,
  four: ((window: Window, isSecond: I32) => void) | null,
  beginPlane: (plane: I32) => void = () => {},
): void {
  const [plane, d, h, w, i, j, k] = body.locals("i32", "i32", "i32", "i32", "i32", "i32", "i32");
  const [x, out, row, left, right, target] = body.locals("i32", "i32", "i32", "i32", "i32", "i32");
  const size = (count: I32): I32 => i32.mul(count, i32.const(bytes));
  const [width, area] = [body.local("i32", at(task, "width")), body.local("i32", size(at(task, "area")))];
  const wide = body.local("i32", at(task, "wideCount"));
  const evenFrom = body.local("i32", four === null ? wide : at(task, "evenFrom"));
  const evenTo = body.local("i32", four === null ? wide : at(task, "evenTo"));
  const step = body.local("i32", size(at(task, "wideStep")));
  const isSecond = body.local("i32", i32.eq(at(task, "stride"), i32.const(2)));
  const [top, bottom] = body.locals("i32", "i32");
  const visit = (run: (window: Window) => void): void => {
    body.set(target, i32.add(at(task, "values"), size(i32.add(out, w))));
    body.set(left, size(entry(task, "wideStarts", w)));
    body.set(right, size(entry(task, "wideEnds", w)));
    const eachPlace = (place: (address: I32) => void): void =>
      each(body, i, entry(task, "deepStarts", d), entry(task, "deepEnds", d), at(task, "deepStep"), () =>
        each(body, j, top, bottom, at(task, "highStep"), () => {
          body.set(row, i32.add(x, size(i32.mul(i32.add(i32.mul(i, at(task, "height")), j), width))));
          const end = body.local("i32", i32.add(row, right));
          each(body, k, i32.add(row, left), end, step, () => place(k));
        }),
      );
    run({ out: target, eachPlace });
  };
  body.set(plane, i32.mul(chunk, at(task, "perChunk")));
  const last = body.local("i32", i32.add(plane, minimum(i32.sub(at(task, "planes"), plane), at(task, "perChunk"))));
  body.set(x, i32.add(at(task, "x"), i32.mul(plane, area)));
  body.set(out, i32.mul(i32.mul(i32.mul(plane, at(task, "deepCount")), at(task, "highCount")), wide));
  body.for(plane, last, 1, () => {
    beginPlane(x);
    each(body, d, i32.const(0), at(task, "deepCount"), i32.const(1), () =>
      each(body, h, i32.const(0), at(task, "highCount"), i32.const(1), () => {
        body.set(top, entry(task, "highStarts", h));
        body.set(bottom, entry(task, "highEnds", h));
        each(body, w, i32.const(0), evenFrom, i32.const(1), () => visit(single));
        if (four !== null) {
          each(body, w, evenFrom, evenTo, i32.const(4), () => {
            // The last four overlap the four before.
            body.set(w, minimum(w, i32.sub(evenTo, i32.const(4))));
            visit((window) => four(window, isSecond));
          });
          each(body, w, evenTo, wide, i32.const(1), () => visit(single));
        }
        body.increase(out, wide);
      }),
    );
    body.increase(x, area);
  });
}

/** Adds sums of windows, kept in float64 until they are stored, and their transpose to a module: kernels of chunks of planes. */
export function addSumPooling(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  for (const bytes of [4, 8] as const) {
    const sums = module.function(`sumPool_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
      const sum = body.local("f64");
      const [low, high] = body.locals("v128", "v128");
      const single = ({ out, eachPlace }: Window): void => {
        body.set(sum, f64.const(0));
        eachPlace((place) =>
          body.set(sum, f64.add(sum, bytes === 4 ? f64.promote(loads.f32(place)) : loads.f64(place))),
        );
        body.do(bytes === 4 ? stores.f32(out, f32.demote(sum)) : stores.f64(out, sum));
      };
      const four = ({ out, eachPlace }: Window, isSecond: I32): void => {
        const value = body.local("v128");
        body.set(low, f.const(0));
        body.set(high, f.const(0));
        eachPlace((place) => {
          body.set(value, loads.v128(place));
          body.if(isSecond, () => body.set(value, pick(value, loads.v128(place, 16), [0, 2, 4, 6])));
          body.set(low, f.add(low, promoteLow(value)));
          body.set(high, f.add(high, promoteLow(pick(value, value, [2, 3, 2, 3]))));
        });
        body.do(stores.v128(out, pick(demoteZero(low), demoteZero(high), [0, 1, 4, 5])));
      };
      eachWindow(body, task, chunk, bytes, single, bytes === 4 ? four : null);
    });
    // Here the windows are what is read, and x is what is written.
    const spread = module.function(`spreadPool_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
      const single = ({ out, eachPlace }: Window): void => {
        if (bytes === 4) {
          const value = body.local("f32", loads.f32(out));
          eachPlace((place) => body.do(stores.f32(place, f32.add(loads.f32(place), value))));
        } else {
          const value = body.local("f64", loads.f64(out));
          eachPlace((place) => body.do(stores.f64(place, f64.add(loads.f64(place), value))));
        }
      };
      eachWindow(body, task, chunk, bytes, single, null, (plane) =>
        body.do(zeroBytes(plane, i32.mul(at(task, "area"), i32.const(bytes)))),
      );
    });
    kernels.set(`sumPool_${bytes}`, sums);
    kernels.set(`spreadPool_${bytes}`, spread);
  }
  return kernels;
}
