import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import {
  convertLowU,
  demoteZero,
  type FloatVector,
  f64x2,
  type I32,
  i32,
  i32x4,
  loads,
  promoteLow,
  stores,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

// Operations along the middle axis of [outer, length, inner], in a few passes over each unit. A unit is a row where inner is 1 (or several rows), whose elements lie in
// vectors one after another, else as many neighbouring columns as a vector has lanes.

/**
 * The numbers of a task: units, how many there are in a chunk, sizes, vectors side by side, the addresses of operands, of the result, and of
 * a number for each row, the two words of a parameter, and of how many rows, as far apart as there are units, a unit is made.
 */
const TASK = [
  "units",
  "perChunk",
  "length",
  "inner",
  "tiles",
  "x",
  "y",
  "out",
  "scales",
  "low",
  "high",
  "runs",
] as const;
const at = (task: I32, name: (typeof TASK)[number]): I32 => loads.i32(task, 4 * TASK.indexOf(name));

export interface Kind {
  readonly bytes: 4 | 8;
  readonly f: FloatVector;
  readonly isRows: boolean;
}

/** One unit, as the passes over it see it. */
export interface Unit {
  /** Runs code for each vector of the unit, with its distance from the beginnings of operands and result. */
  readonly each: (run: (offset: I32) => void) => void;
  readonly load: (operand: "x" | "y" | "out", offset: I32) => V128;
  readonly store: (offset: I32, value: V128) => void;
  /** A vector whose lanes beyond the end of a row are replaced by a number. */
  readonly inside: (value: V128, neutral: number) => V128;
  /** The largest of all that lies along the axis, in each lane that it is of; NaN is none. */
  readonly largest: (most: Local<"v128">) => V128;
  readonly total: () => Total;
  /** Of rows: how many elements there are, and the parameter of the task, as float64 in each lane. */
  readonly count: V128;
  readonly parameter: V128;
  /** Of rows: the number of this one, in each lane, and how to give it. */
  readonly scale: V128;
  readonly setScale: (value: V128) => void;
}

/** A sum in float64. */
export interface Total {
  readonly add: (value: V128) => void;
  /** In each lane that it is of, as float64 if wanted. */
  readonly result: (map?: (sum: V128) => V128) => V128;
  /** Of rows: as float64 in each lane. */
  readonly double: () => V128;
}

const bytesFrom = (first: number): number[] => Array.from({ length: 16 }, (_, i) => (first + i) % 16);
const HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** A kernel of chunks of units. */
export function alongAxis(
  module: ModuleBuilder,
  name: string,
  kind: Kind,
  work: (body: Body, unit: Unit) => void,
): ChunkKernel {
  const { bytes, f, isRows } = kind;
  const lanes = 16 / bytes;
  return module.function(name, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const index = body.local("i32", i32.mul(chunk, at(task, "perChunk")));
    const last = body.local("i32", i32.add(index, minimum(i32.sub(at(task, "units"), index), at(task, "perChunk"))));
    const [length, inner] = [body.local("i32", at(task, "length")), body.local("i32", at(task, "inner"))];
    const [begin, end, step, offset, count] = body.locals("i32", "i32", "i32", "i32", "i32");
    const mask = body.local("v128");
    const addresses = { x: body.local("i32"), y: body.local("i32"), out: body.local("i32") };
    const numbers =
      bytes === 4
        ? v128.const([0, 1, 2, 3].flatMap((i) => [i, 0, 0, 0]))
        : v128.const([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);

    const across = (value: V128, combine: (a: V128, b: V128) => V128, width: 4 | 8): V128 => {
      const own = body.local("v128", value);
      const halves = body.local("v128", combine(own, v128.shuffle(own, own, bytesFrom(8))));
      return width === 8 ? halves : combine(halves, v128.shuffle(halves, halves, bytesFrom(4)));
    };
    const scaleAddress = (): I32 => i32.add(at(task, "scales"), i32.mul(index, i32.const(bytes)));
    const [whole, run, next, stride] = body.locals("i32", "i32", "i32", "i32");
    /** Whether code is made for vectors all of whose lanes are inside. */
    let isWhole = false;
    const unit: Unit = {
      each: (code) => {
        const along = (): void => {
          isWhole = isRows;
          body.while(
            () => i32.ltS(offset, isRows ? whole : end),
            () => {
              code(offset);
              body.increase(offset, step);
            },
          );
          isWhole = false;
        };
        body.set(offset, i32.const(0));
        if (!isRows) {
          along();
          return;
        }
        body.set(whole, i32.and(i32.mul(length, i32.const(bytes)), i32.const(-16)));
        body.set(end, i32.mul(length, i32.const(bytes)));
        for (const place of [run, next]) body.set(place, i32.const(0));
        body.for(run, at(task, "runs"), 1, () => {
          along();
          // What is left of a row.
          body.if(i32.ltS(offset, end), () => code(offset));
          for (const place of [next, whole, end]) body.set(place, i32.add(place, stride));
          body.set(offset, next);
        });
      },
      load: (operand, from) => loads.v128(i32.add(addresses[operand], from)),
      store: (to, value) => {
        if (isWhole) {
          body.do(stores.v128(i32.add(addresses.out, to), value));
          return;
        }
        const [own, place] = [body.local("v128", value), body.local("i32", i32.add(addresses.out, to))];
        body.if(
          i32.eq(count, i32.const(lanes)),
          () => body.do(stores.v128(place, own)),
          () => {
            // Not a whole vector, because what lies behind may be another thread's.
            const [rest, i] = [body.local("v128", own), body.local("i32", i32.const(0))];
            body.for(i, count, 1, () => {
              body.do((bytes === 4 ? stores.lane32 : stores.lane64)(place, rest));
              body.set(rest, v128.shuffle(rest, rest, bytesFrom(bytes)));
              body.increase(place, bytes);
            });
          },
        );
      },
      inside: (value, neutral) => (isRows && !isWhole ? v128.select(value, f.const(neutral), mask) : value),
      largest: (most) => (isRows ? across(most, f.greater, bytes) : most),
      count: convertLowU(i32x4.splat(isRows ? i32.mul(length, at(task, "runs")) : length)),
      parameter: loads.splat64(i32.add(task, i32.const(4 * TASK.indexOf("low")))),
      scale: (bytes === 4 ? loads.splat32 : loads.splat64)(scaleAddress()),
      setScale: (value) => body.do((bytes === 4 ? stores.lane32 : stores.lane64)(scaleAddress(), value)),
      total: () => totalOf(body, kind, (value) => across(value, f64x2({ fma: false }).add, 8)),
    };
    body.for(index, last, 1, () => {
      if (isRows) {
        body.set(begin, i32.mul(i32.mul(index, length), i32.const(bytes)));
        body.set(stride, i32.mul(i32.mul(at(task, "units"), length), i32.const(bytes)));
        body.set(step, i32.const(16));
        body.set(count, i32.and(length, i32.const(lanes - 1)));
        body.set(mask, i32x4.ltS(numbers, i32x4.splat(count)));
      } else {
        const tiles = at(task, "tiles");
        const column = body.local("i32", i32.mul(i32.remU(index, tiles), i32.const(lanes)));
        const first = i32.mul(i32.mul(i32.divU(index, tiles), length), inner);
        body.set(begin, i32.mul(i32.add(first, column), i32.const(bytes)));
        body.set(step, i32.mul(inner, i32.const(bytes)));
        body.set(end, i32.mul(step, length));
        body.set(count, minimum(i32.sub(inner, column), i32.const(lanes)));
      }
      for (const operand of ["x", "y", "out"] as const) body.set(addresses[operand], i32.add(at(task, operand), begin));
      work(body, unit);
    });
  });
}

function totalOf(body: Body, { bytes, isRows }: Kind, across: (value: V128) => V128): Total {
  const double = f64x2({ fma: false });
  const [low, high] = [body.local("v128", double.const(0)), body.local("v128", double.const(0))];
  const double64 = (): V128 => across(bytes === 8 ? low : double.add(low, high));
  return {
    double: double64,
    add: (value) => {
      const own = body.local("v128", value);
      body.set(low, double.add(low, bytes === 4 ? promoteLow(own) : own));
      if (bytes === 4) body.set(high, double.add(high, promoteLow(v128.shuffle(own, own, bytesFrom(8)))));
    },
    result: (map = (sum) => sum) => {
      if (bytes === 8) return map(isRows ? double64() : low);
      const [first, second] = isRows ? [double64()] : [low, high];
      const one = body.local("v128", demoteZero(map(first!)));
      return v128.shuffle(one, second === undefined ? one : demoteZero(map(second)), HALVES);
    },
  };
}

/** A product in which a factor of 0 gives 0, whatever the other one is. */
export const strongProduct =
  (f: FloatVector) =>
  (body: Body, a: V128, b: V128): V128 => {
    const [x, y] = [body.local("v128", a), body.local("v128", b)];
    return v128.andNot(f.mul(x, y), v128.or(f.eq(x, f.const(0)), f.eq(y, f.const(0))));
  };
