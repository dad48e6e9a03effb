import { minimum } from "../kernels/wasm/kind.ts";
import type { ChunkKernel } from "../kernels/wasm/tasks.ts";
import type { Entry } from "../tape.ts";
import type { AnyTensor } from "../tensor.ts";
import type { Body, Local, ModuleBuilder } from "../wasm/builder.ts";
import type { Code } from "../wasm/encode.ts";
import {
  type Features,
  type FloatVector,
  type I32,
  i32,
  loads,
  stores,
  type V128,
  v128,
} from "../wasm/instructions.ts";
import { compute, vectorsOf } from "./compute.ts";
import { type Group, reducedRow } from "./fusion.ts";
import { GroupOperands, type Scope } from "./group-operands.ts";
import { GroupSchedule } from "./group-schedule.ts";
import type { Unlimited } from "./limited.ts";

/** What the code of a group needs to know of the program around it. */
export interface GroupContext {
  readonly features: Features;
  readonly addressOf: (tensor: AnyTensor) => number;
  /** Whether a value of the group is used outside of it. */
  readonly isResult: (tensor: AnyTensor) => boolean;
  /** How many threads may run chunks. */
  readonly threads: number;
  /** Functions of the environment. */
  readonly unlimited: Unlimited;
  /** How many places a chunk has, if that is given. */
  readonly each?: number;
  /** Memory for the group alone. */
  readonly scratch: (bytes: number) => number;
}

/** The functions of a group. */
export interface EmittedGroup {
  /** Runs a chunk, as kernels do: (task, chunk, thread), without a task. */
  readonly chunk: ChunkKernel;
  readonly chunks: number;
  /** What follows once all chunks have run: it puts the parts of sums together. */
  readonly finish?: () => Code;
}

/** Places of a chunk, about: some of them fit into the first cache. */
const CHUNK = 1 << 14;
/** Vectors that are summed before the sum is added to others: errors grow with the length of the parts, not of the whole. */
const RUN = 64;

/** Adds the code of a group to a module. */
export function emitGroup(module: ModuleBuilder, name: string, group: Group, context: GroupContext): EmittedGroup {
  return new GroupEmitter(module, name, group, context).emit();
}

/** The sum of a short run of vectors, and of all runs before. */
type Sums = ReadonlyMap<Entry, { readonly run: Local<"v128">; readonly total: Local<"v128"> }>;

/** The code for vectors: how many of their lanes are places, and where they are: in bytes of floats, of all places and of the row. */
type EachVector = (lanes: number, place: I32, offset: I32) => void;

class GroupEmitter {
  readonly #module: ModuleBuilder;
  readonly #name: string;
  readonly #context: GroupContext;
  readonly #schedule: GroupSchedule;
  readonly #operands: GroupOperands;
  readonly #f: FloatVector;
  readonly #bytes: 4 | 8;
  readonly #keptAt: number;

  constructor(module: ModuleBuilder, name: string, group: Group, context: GroupContext) {
    this.#module = module;
    this.#name = name;
    this.#context = context;
    this.#schedule = new GroupSchedule(group, context.isResult);
    this.#operands = new GroupOperands(this.#schedule, context.addressOf);
    this.#f = vectorsOf(group.bytes, context.features);
    this.#bytes = group.bytes;
    const { keptBytes } = this.#schedule;
    this.#keptAt = keptBytes === 0 ? 0 : context.scratch(keptBytes * context.threads);
  }

  emit(): EmittedGroup {
    const { group, isFlat, isWhole, inner, rows, last } = this.#schedule;
    const { each = CHUNK } = this.#context;
    const perChunk = isFlat ? each : Math.max(1, Math.floor(each / inner));
    const total = isFlat ? group.places : rows;
    const isInParts = isWhole && last === 0 && total > perChunk;
    const size = isWhole && !isInParts ? total : perChunk;
    const chunks = Math.ceil(total / size);
    const define = (run: (body: Body, scope: Scope, start: Local<"i32">, end: Local<"i32">, chunk: I32) => void) =>
      this.#module.function(this.#name, ["i32", "i32", "i32"], (body, _task, chunk, thread) => {
        const start = body.local("i32", i32.mul(chunk, i32.const(size)));
        const end = body.local("i32", minimum(i32.add(start, i32.const(size)), i32.const(total)));
        run(body, this.#scope(body, thread), start, end, chunk);
      });
    if (isInParts) return this.#emitParts(define, chunks);
    const chunk = define((body, scope, start, end) => {
      if (isWhole) this.#emitWhole(body, scope, start, end);
      else if (isFlat) this.#emitPlaces(body, scope, 0, start, end, new Map());
      else this.#emitRows(body, scope, start, end);
    });
    return { chunk, chunks };
  }

  #scope(body: Body, thread: I32): Scope {
    const { keptBytes } = this.#schedule;
    const kept = keptBytes === 0 ? i32.const(0) : body.local("i32", i32.mul(thread, i32.const(keptBytes)));
    return { constants: this.#operands.constants(body), rows: new Map(), inRow: new Map(), kept };
  }

  /** Sums over all places, part by part, and a function that adds the parts up in their order. */
  #emitParts(
    define: (
      run: (body: Body, scope: Scope, start: Local<"i32">, end: Local<"i32">, chunk: I32) => void,
    ) => ChunkKernel,
    chunks: number,
  ): EmittedGroup {
    const reductions = this.#schedule.reductionsOf(0);
    const parts = this.#context.scratch(reductions.length * chunks * 16);
    const partAt = (i: number, chunk: I32): I32 =>
      i32.add(i32.const(parts + i * chunks * 16), i32.mul(chunk, i32.const(16)));
    const chunk = define((body, scope, start, end, number) => {
      const sums = this.#startSums(body, reductions);
      this.#runThrough(body, scope, 0, start, end, sums);
      for (const [i, entry] of reductions.entries()) body.do(stores.v128(partAt(i, number), sums.get(entry)!.total));
    });
    const finish = this.#module.function(`${this.#name}_finish`, [], (body) => {
      const scope = this.#scope(body, i32.const(0));
      const part = body.local("i32");
      for (const [i, entry] of reductions.entries()) {
        const total = body.local("v128", this.#f.const(identityOf(entry)));
        body.set(part, i32.const(0));
        body.for(part, i32.const(chunks), 1, () =>
          body.set(total, this.#combine(entry, total, loads.v128(partAt(i, part)))),
        );
        scope.rows.set(entry.outputs[0]!, this.#across(body, entry, total));
      }
      this.#emitRowLevel(body, scope, 1, i32.const(0));
    });
    return { chunk, chunks, finish };
  }

  /** Sums over all places: each run through them, and then what follows from its sums. */
  #emitWhole(body: Body, scope: Scope, start: Local<"i32">, end: Local<"i32">): void {
    const { last } = this.#schedule;
    for (let run = 0; run <= last; run++) {
      this.#emitRowLevel(body, scope, run, i32.const(0));
      const sums = this.#startSums(body, this.#schedule.reductionsOf(run));
      if (this.#schedule.rootsOf(run).length > 0) this.#runThrough(body, scope, run, start, end, sums);
      this.#endSums(body, scope, sums);
    }
    this.#emitRowLevel(body, scope, last + 1, i32.const(0));
  }

  #runThrough(body: Body, scope: Scope, run: number, start: Local<"i32">, end: Local<"i32">, sums: Sums): void {
    if (this.#schedule.isFlat) {
      this.#emitPlaces(body, scope, run, start, end, sums);
      return;
    }
    this.#eachRow(body, scope, start, end, (inRow, _row, whole) => this.#emitRow(body, inRow, run, whole, sums));
  }

  /** Row after row: values of rows, then the places, as often as sums of them are needed for others. */
  #emitRows(body: Body, scope: Scope, start: Local<"i32">, end: Local<"i32">): void {
    const { group, last } = this.#schedule;
    this.#eachRow(body, { ...scope, rows: new Map() }, start, end, (inRow, row, whole) => {
      const offset = i32.mul(row, i32.const(this.#bytes));
      for (let run = 0; run <= last; run++) {
        this.#emitRowLevel(body, inRow, run, offset);
        const sums = this.#startSums(body, group.row > 0 ? this.#schedule.reductionsOf(run) : []);
        if (this.#schedule.rootsOf(run).length > 0) this.#emitRow(body, inRow, run, whole, sums);
        this.#endSums(body, inRow, sums);
      }
      this.#emitRowLevel(body, inRow, last + 1, offset);
    });
  }

  #eachRow(
    body: Body,
    scope: Scope,
    start: Local<"i32">,
    end: I32,
    each: (inRow: Scope, row: Local<"i32">, whole: Local<"i32">) => void,
  ): void {
    const [row, whole] = [body.local("i32", start), body.local("i32")];
    body.for(row, end, 1, () => {
      body.set(whole, i32.mul(row, i32.const(this.#schedule.inner * this.#bytes)));
      each({ ...scope, inRow: this.#operands.enterRow(body, row, scope.constants) }, row, whole);
    });
  }

  /** Values of a row that are ready before a run through its places, and the results among them. */
  #emitRowLevel(body: Body, scope: Scope, run: number, offset: I32): void {
    for (const entry of this.#schedule.rowLevelOf(run)) {
      const output = entry.outputs[0]!;
      if (!scope.rows.has(output)) {
        const operands = entry.inputs.map(
          (input) =>
            scope.rows.get(input) ??
            scope.constants.get(input) ??
            scope.inRow.get(this.#operands.nameOf(entry, input))!.value!,
        );
        scope.rows.set(output, body.local("v128", this.#compute(entry, operands, body)));
      }
      if (this.#context.isResult(output)) this.#operands.store(body, output, offset, scope.rows.get(output)!, 1);
    }
  }

  #compute(entry: Entry, operands: readonly V128[], body: Body): V128 {
    return compute(entry, operands, body, this.#bytes, this.#context.features, this.#context.unlimited);
  }

  /** A run through places from one to another. */
  #emitPlaces(body: Body, scope: Scope, run: number, start: I32, end: I32, sums: Sums): void {
    const offset = body.local("i32", i32.mul(start, i32.const(this.#bytes)));
    const to = body.local("i32", i32.mul(end, i32.const(this.#bytes)));
    const rest = this.#schedule.group.places % this.#f.lanes;
    const each = this.#eachVector(body, scope, run, sums);
    // Results may run over the end of the whole, where there is room, but not into a sum.
    this.#loop(body, offset, to, sums.size > 0 ? rest : 0, sums, (lanes) => each(lanes, offset, offset));
  }

  /** A run through the places of a row that begins at `whole`. */
  #emitRow(body: Body, scope: Scope, run: number, whole: Local<"i32">, sums: Sums): void {
    const { inner } = this.#schedule;
    const offset = body.local("i32", i32.const(0));
    const each = this.#eachVector(body, scope, run, sums);
    this.#loop(body, offset, i32.const(inner * this.#bytes), inner % this.#f.lanes, sums, (lanes) =>
      each(lanes, i32.add(whole, offset), offset),
    );
  }

  /** Vectors one after another, and at the end one that has so many places only, if not 0. */
  #loop(body: Body, offset: Local<"i32">, end: I32, rest: number, sums: Sums, each: (lanes: number) => void): void {
    const { lanes } = this.#f;
    const last = rest === 0 ? end : body.local("i32", i32.sub(end, i32.const((lanes - 1) * this.#bytes)));
    if (sums.size === 0) body.for(offset, last, 16, () => each(lanes));
    else {
      const limit = body.local("i32");
      body.while(
        () => i32.ltS(offset, last),
        () => {
          body.set(limit, minimum(i32.add(offset, i32.const(16 * RUN)), last));
          body.for(offset, limit, 16, () => each(lanes));
          this.#flush(body, sums);
        },
      );
    }
    if (rest === 0) return;
    body.if(i32.ltS(offset, end), () => each(rest));
    this.#flush(body, sums);
  }

  /** The code that computes the values of a run for a vector of places. */
  #eachVector(body: Body, scope: Scope, run: number, sums: Sums): EachVector {
    const schedule = this.#schedule;
    return (lanes, place, offset) => {
      const keptPlace = i32.add(scope.kept, schedule.isWhole ? place : offset);
      const known = new Map<AnyTensor | string, V128>();
      const valueOf = (entry: Entry, input: AnyTensor): V128 => {
        const maker = schedule.madeBy.get(input);
        const name = maker === undefined ? this.#operands.nameOf(entry, input) : input;
        const before = known.get(name) ?? scope.rows.get(input) ?? scope.constants.get(input);
        if (before !== undefined) return before;
        const inRow = maker === undefined ? scope.inRow.get(name as string) : undefined;
        if (inRow?.value !== undefined) return inRow.value;
        let value: V128;
        if (maker === undefined) {
          value = this.#operands.load(input, inRow?.offset === undefined ? place : i32.add(inRow.offset, offset));
        } else if (schedule.runOf(maker) < run) {
          const kept = schedule.kept.get(input);
          value =
            kept === undefined
              ? this.#operands.load(input, place)
              : this.#operands.load(input, keptPlace, this.#keptAt + kept);
        } else {
          const operands = maker.inputs.map((from) => valueOf(maker, from));
          value = this.#compute(maker, operands, body);
        }
        const local = body.local("v128", value);
        known.set(name, local);
        return local;
      };
      const roots = schedule.rootsOf(run);
      // Everything is read before anything is written: results may lie where operands do.
      const values = roots.map((entry) =>
        valueOf(entry, reducedRow(entry) === null ? entry.outputs[0]! : entry.inputs[0]!),
      );
      for (const [i, entry] of roots.entries()) {
        const output = entry.outputs[0]!;
        const sum = sums.get(entry);
        if (sum !== undefined) body.set(sum.run, this.#combine(entry, sum.run, this.#masked(entry, values[i]!, lanes)));
        else {
          const kept = schedule.kept.get(output);
          if (kept === undefined) this.#operands.store(body, output, place, values[i]!, lanes);
          else this.#operands.store(body, output, keptPlace, values[i]!, this.#f.lanes, this.#keptAt + kept);
        }
      }
    };
  }

  /** A vector with what changes no sum in the lanes that are no places. */
  #masked(entry: Entry, value: V128, lanes: number): V128 {
    if (lanes === this.#f.lanes) return value;
    const first = v128.const(Array.from({ length: 16 }, (_, i) => (i < lanes * this.#bytes ? 255 : 0)));
    return v128.select(value, this.#f.const(identityOf(entry)), first);
  }

  #startSums(body: Body, reductions: readonly Entry[]): Sums {
    return new Map(
      reductions.map((entry) => {
        const start = this.#f.const(identityOf(entry));
        return [entry, { run: body.local("v128", start), total: body.local("v128", start) }];
      }),
    );
  }

  #flush(body: Body, sums: Sums): void {
    for (const [entry, { run, total }] of sums) {
      body.set(total, this.#combine(entry, total, run));
      body.set(run, this.#f.const(identityOf(entry)));
    }
  }

  #endSums(body: Body, scope: Scope, sums: Sums): void {
    for (const [entry, { total }] of sums) scope.rows.set(entry.outputs[0]!, this.#across(body, entry, total));
  }

  #combine({ operation: { name } }: Entry, a: V128, b: V128): V128 {
    if (name === "sum") return this.#f.add(a, b);
    return name === "max" ? this.#f.max(a, b) : this.#f.min(a, b);
  }

  /** The lanes of a vector taken together, in every lane. */
  #across(body: Body, entry: Entry, vector: V128): Local<"v128"> {
    const at = body.local("v128", vector);
    const halves = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
    body.set(at, this.#combine(entry, at, v128.shuffle(at, at, halves)));
    if (this.#bytes === 4) {
      const pairs = [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11];
      body.set(at, this.#combine(entry, at, v128.shuffle(at, at, pairs)));
    }
    return at;
  }
}

/** What changes no sum, or no extreme. */
function identityOf({ operation: { name } }: Entry): number {
  if (name === "sum") return 0;
  return name === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
