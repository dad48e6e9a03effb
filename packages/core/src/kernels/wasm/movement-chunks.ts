import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import { type I32, i32, loads, stores, type V128, v128 } from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/**
 * The numbers of a task: how many rows there are, how many in a chunk and in a round, elements of a row, distances in bytes from a row and
 * from an element to the next one, and addresses, among them that of a table of where each round begins.
 */
const TASK = ["all", "perChunk", "rows", "length", "row", "step", "x", "starts", "out"] as const;
const at = (task: I32, name: (typeof TASK)[number]): I32 => loads.i32(task, 4 * TASK.indexOf(name));

type Elements = 4 | 8;

/** What one run of rows has in common. */
interface Rows {
  readonly from: Local<"i32">;
  readonly to: Local<"i32">;
  readonly count: Local<"i32">;
  readonly rowBytes: Local<"i32">;
  readonly row: Local<"i32">;
  readonly step: Local<"i32">;
}

/** Code that moves what one run of rows has between two columns, in bytes of the result. */
type Move = (body: Body, rows: Rows) => void;

const copyOne = (bytes: Elements, to: I32, from: I32) =>
  bytes === 4 ? stores.i32(to, loads.i32(from)) : stores.f64(to, loads.f64(from));

/** Row after row: whole vectors by one function, the rest element by element. */
const rowByRow =
  (bytes: Elements, vector: ((from: I32) => V128) | null): Move =>
  (body, { from, to, count, rowBytes, row, step }) => {
    const r = body.local("i32", i32.const(0));
    const [source, target, end] = body.locals("i32", "i32", "i32");
    const whole = body.local("i32", vector === null ? i32.const(0) : i32.and(rowBytes, i32.const(-16)));
    const stride = body.local("i32", i32.mul(step, i32.const(16 / bytes)));
    body.for(r, count, 1, () => {
      body.set(source, i32.add(from, i32.mul(r, row)));
      body.set(target, i32.add(to, i32.mul(r, rowBytes)));
      if (vector !== null) {
        body.set(end, i32.add(target, whole));
        body.for(target, end, 16, () => {
          body.do(stores.v128(target, vector(source)));
          body.increase(source, stride);
        });
      }
      body.set(end, i32.add(target, i32.sub(rowBytes, whole)));
      body.for(target, end, bytes, () => {
        body.do(copyOne(bytes, target, source));
        body.increase(source, step);
      });
    });
  };

/** Lanes of two vectors, by their places among all. */
const pick = (bytes: Elements, a: V128, b: V128, places: readonly number[]): V128 =>
  v128.shuffle(
    a,
    b,
    places.flatMap((place) => Array.from({ length: bytes }, (_, byte) => place * bytes + byte)),
  );

/** The rows of a small square whose columns are given. */
function transposed(body: Body, bytes: Elements, columns: readonly Local<"v128">[]): V128[] {
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
  (bytes: Elements): Move =>
  (body, { from, to, count, rowBytes, row, step }) => {
    const lanes = 16 / bytes;
    const r = body.local("i32", i32.const(0));
    const [source, target, end] = body.locals("i32", "i32", "i32");
    const whole = body.local("i32", i32.and(count, i32.const(-lanes)));
    body.for(r, whole, lanes, () => {
      body.set(source, i32.add(from, i32.mul(r, i32.const(bytes))));
      body.set(target, i32.add(to, i32.mul(r, rowBytes)));
      body.set(end, i32.add(target, i32.and(rowBytes, i32.const(-16))));
      const places = Array.from({ length: lanes }, (_, lane) => (lane === 0 ? target : body.local("i32")));
      body.for(target, end, 16, () => {
        const columns = places.map(() => {
          const column = body.local("v128", loads.v128(source));
          body.increase(source, step);
          return column;
        });
        places.forEach((place, lane) => {
          if (lane > 0) body.set(place, i32.add(places[lane - 1]!, rowBytes));
        });
        transposed(body, bytes, columns).forEach((line, lane) => void body.do(stores.v128(places[lane]!, line)));
      });
      body.set(end, i32.add(end, i32.and(rowBytes, i32.const(15))));
      body.for(target, end, bytes, () => {
        let place: I32 = target;
        for (let lane = 0; lane < lanes; lane++, place = i32.add(place, rowBytes)) {
          body.do(copyOne(bytes, place, i32.add(source, i32.const(lane * bytes))));
        }
        body.increase(source, step);
      });
    });
    body.set(from, i32.add(from, i32.mul(whole, row)));
    body.set(to, i32.add(to, i32.mul(whole, rowBytes)));
    body.set(count, i32.sub(count, whole));
    rowByRow(bytes, null)(body, { from, to, count, rowBytes, row, step });
  };

/** Adds reading by strides, of elements of 4 and of 8 bytes, to a module. */
export function addMovement(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  for (const bytes of [4, 8] as const) {
    const moves: Readonly<Record<string, Move>> = {
      copyRows: rowByRow(bytes, (from) => loads.v128(from)),
      fillRows: rowByRow(bytes, (from) => (bytes === 4 ? loads.splat32 : loads.splat64)(from)),
      turnRows: square(bytes),
      pickRows: rowByRow(bytes, null),
    };
    for (const [name, move] of Object.entries(moves)) {
      const full = `${name}_${bytes}`;
      const kernel = module.function(full, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
        const [row, step, rows] = [
          body.local("i32", at(task, "row")),
          body.local("i32", at(task, "step")),
          body.local("i32", at(task, "rows")),
        ];
        const rowBytes = body.local("i32", i32.mul(at(task, "length"), i32.const(bytes)));
        const [from, to, count, round, place] = body.locals("i32", "i32", "i32", "i32", "i32");
        const next = body.local("i32", i32.mul(chunk, at(task, "perChunk")));
        const last = body.local("i32", i32.add(next, minimum(i32.sub(at(task, "all"), next), at(task, "perChunk"))));
        body.while(
          () => i32.ltS(next, last),
          () => {
            body.set(round, i32.divU(next, rows));
            body.set(place, i32.sub(next, i32.mul(round, rows)));
            body.set(count, minimum(i32.sub(last, next), i32.sub(rows, place)));
            const start = loads.i32(i32.add(at(task, "starts"), i32.shl(round, i32.const(2))));
            const first = i32.add(i32.mul(start, i32.const(bytes)), i32.mul(place, row));
            body.set(from, i32.add(at(task, "x"), first));
            body.set(to, i32.add(at(task, "out"), i32.mul(next, rowBytes)));
            body.increase(next, count);
            move(body, { from, to, count, rowBytes, row, step });
          },
        );
      });
      kernels.set(full, kernel);
    }
  }
  return kernels;
}
