import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import { type I32, i32, loads, stores, type V128, v128 } from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/**
 * The numbers of a task: how many rows there are, how many in a chunk and in a round, elements of a row, distances in bytes from a row and
 * from an element to the next one where they lie by strides, addresses, among them that of a table of where each round begins there, and
 * whether the rows of x lie side by side and those of the result by strides, not the other way round.
 */
const TASK = ["all", "perChunk", "rows", "length", "row", "step", "x", "starts", "out", "isWrite"] as const;
const at = (task: I32, name: (typeof TASK)[number]): I32 => loads.i32(task, 4 * TASK.indexOf(name));

type Elements = 1 | 4 | 8;

/** What one run of rows has in common: addresses, how many there are, bytes of one, and how far apart rows and elements lie. */
type Rows = Readonly<
  Record<"from" | "to" | "count" | "rowBytes" | "fromRow" | "fromStep" | "toRow" | "toStep", Local<"i32">>
>;

/** Code that moves one run of rows. */
type Move = (body: Body, rows: Rows) => void;

const copyOne = (bytes: Elements, to: I32, from: I32) =>
  bytes === 1
    ? stores.u8(to, loads.u8(from))
    : bytes === 4
      ? stores.i32(to, loads.i32(from))
      : stores.f64(to, loads.f64(from));

/** Row after row: whole vectors by one function, to elements that lie side by side, the rest element by element. */
const rowByRow =
  (bytes: Elements, vector: ((from: I32) => V128) | null): Move =>
  (body, { from, to, count, rowBytes, fromRow, fromStep, toRow, toStep }) => {
    const r = body.local("i32", i32.const(0));
    const [source, target, end, e] = body.locals("i32", "i32", "i32", "i32");
    const whole = body.local("i32", vector === null ? i32.const(0) : i32.and(rowBytes, i32.const(-16)));
    const stride = body.local("i32", i32.mul(fromStep, i32.const(16 / bytes)));
    body.for(r, count, 1, () => {
      body.set(source, i32.add(from, i32.mul(r, fromRow)));
      body.set(target, i32.add(to, i32.mul(r, toRow)));
      if (vector !== null) {
        body.set(end, i32.add(target, whole));
        body.for(target, end, 16, () => {
          body.do(stores.v128(target, vector(source)));
          body.increase(source, stride);
        });
      }
      body.set(e, whole);
      body.for(e, rowBytes, bytes, () => {
        body.do(copyOne(bytes, target, source));
        body.increase(source, fromStep);
        body.increase(target, toStep);
      });
    });
  };

/** Lanes of two vectors, by their places among all. */
const pick = (bytes: 4 | 8, a: V128, b: V128, places: readonly number[]): V128 =>
  v128.shuffle(
    a,
    b,
    places.flatMap((place) => Array.from({ length: bytes }, (_, byte) => place * bytes + byte)),
  );

/** The rows of a small square whose columns are given. */
function transposed(body: Body, bytes: 4 | 8, columns: readonly Local<"v128">[]): V128[] {
  const [a, b, c, d] = columns;
  if (bytes === 8) return [pick(8, a!, b!, [0, 2]), pick(8, a!, b!, [1, 3])];
  // The first two rows of the columns, then the last two.
  return [FIRST, LAST].flatMap((places) => {
    const even = body.local("v128", pick(4, a!, c!, places));
    const odd = body.local("v128", pick(4, b!, d!, places));
    return [pick(4, even, odd, FIRST), pick(4, even, odd, LAST)];
  });
}

/** Lanes of two vectors in turn: the first two of each, and the last two. */
const FIRST = [0, 4, 1, 5];
const LAST = [2, 6, 3, 7];

/** Where rows are neighbours in x: squares of as many rows as a vector has lanes, and what is left element by element. */
const square =
  (bytes: 4 | 8): Move =>
  (body, rows) => {
    const { from, to, count, rowBytes, fromRow, fromStep, toRow } = rows;
    const lanes = 16 / bytes;
    const r = body.local("i32", i32.const(0));
    const [source, target, end] = body.locals("i32", "i32", "i32");
    const whole = body.local("i32", i32.and(count, i32.const(-lanes)));
    body.for(r, whole, lanes, () => {
      body.set(source, i32.add(from, i32.mul(r, i32.const(bytes))));
      body.set(target, i32.add(to, i32.mul(r, toRow)));
      body.set(end, i32.add(target, i32.and(rowBytes, i32.const(-16))));
      const places = Array.from({ length: lanes }, (_, lane) => (lane === 0 ? target : body.local("i32")));
      body.for(target, end, 16, () => {
        const columns = places.map(() => {
          const column = body.local("v128", loads.v128(source));
          body.increase(source, fromStep);
          return column;
        });
        places.forEach((place, lane) => {
          if (lane > 0) body.set(place, i32.add(places[lane - 1]!, toRow));
        });
        transposed(body, bytes, columns).forEach((line, lane) => void body.do(stores.v128(places[lane]!, line)));
      });
      body.set(end, i32.add(end, i32.and(rowBytes, i32.const(15))));
      body.for(target, end, bytes, () => {
        let place: I32 = target;
        for (let lane = 0; lane < lanes; lane++, place = i32.add(place, toRow)) {
          body.do(copyOne(bytes, place, i32.add(source, i32.const(lane * bytes))));
        }
        body.increase(source, fromStep);
      });
    });
    body.set(from, i32.add(from, i32.mul(whole, fromRow)));
    body.set(to, i32.add(to, i32.mul(whole, toRow)));
    body.set(count, i32.sub(count, whole));
    rowByRow(bytes, null)(body, rows);
  };

const SPLAT = { 1: loads.splat8, 4: loads.splat32, 8: loads.splat64 } as const;

/** Adds reading and writing by strides, of elements of 1, 4 and 8 bytes, to a module. */
export function addMovement(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  for (const bytes of [1, 4, 8] as const) {
    const moves: Readonly<Record<string, Move>> = {
      copyRows: rowByRow(bytes, (from) => loads.v128(from)),
      fillRows: rowByRow(bytes, (from) => SPLAT[bytes](from)),
      ...(bytes > 1 && { turnRows: square(bytes as 4 | 8) }),
      pickRows: rowByRow(bytes, null),
    };
    for (const [name, move] of Object.entries(moves)) {
      const full = `${name}_${bytes}`;
      const kernel = module.function(full, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
        const [row, step, rows, isWrite] = (["row", "step", "rows", "isWrite"] as const).map((field) =>
          body.local("i32", at(task, field)),
        ) as [Local<"i32">, Local<"i32">, Local<"i32">, Local<"i32">];
        const rowBytes = body.local("i32", i32.mul(at(task, "length"), i32.const(bytes)));
        const choose = (ifWrite: I32, otherwise: I32): Local<"i32"> => {
          const chosen = body.local("i32", otherwise);
          body.if(isWrite, () => body.set(chosen, ifWrite));
          return chosen;
        };
        const apart = {
          fromRow: choose(rowBytes, row),
          fromStep: choose(i32.const(bytes), step),
          toRow: choose(row, rowBytes),
          toStep: choose(step, i32.const(bytes)),
        };
        const [count, round, place] = body.locals("i32", "i32", "i32");
        const next = body.local("i32", i32.mul(chunk, at(task, "perChunk")));
        const last = body.local("i32", i32.add(next, minimum(i32.sub(at(task, "all"), next), at(task, "perChunk"))));
        body.while(
          () => i32.ltS(next, last),
          () => {
            body.set(round, i32.divU(next, rows));
            body.set(place, i32.sub(next, i32.mul(round, rows)));
            body.set(count, minimum(i32.sub(last, next), i32.sub(rows, place)));
            const start = loads.i32(i32.add(at(task, "starts"), i32.shl(round, i32.const(2))));
            const strided = body.local("i32", i32.add(i32.mul(start, i32.const(bytes)), i32.mul(place, row)));
            const even = body.local("i32", i32.mul(next, rowBytes));
            const from = body.local("i32", i32.add(at(task, "x"), choose(even, strided)));
            const to = body.local("i32", i32.add(at(task, "out"), choose(strided, even)));
            body.increase(next, count);
            move(body, { from, to, count, rowBytes, ...apart });
          },
        );
      });
      kernels.set(full, kernel);
    }
  }
  return kernels;
}
