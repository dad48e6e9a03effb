import type { Storage } from "../../dtype.ts";
import { type Body, type Local, ModuleBuilder } from "../../wasm/builder.ts";
import { engine } from "../../wasm/engine.ts";
import {
  type Features,
  type FloatVector,
  f32x4,
  f64x2,
  i32,
  i32x4,
  lanesOfBytes,
  loads,
  storeLanesAsBytes,
  stores,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import type { ElementwisePlan } from "../kernels.ts";
import { functionsOf } from "./functions.ts";
import type { Machine } from "./machine.ts";
import type { VectorFunction } from "./vector-function.ts";

// A chain of elementwise operations as one function: each element is read once and written once, and what is between stays in registers.

type VectorOperation = (f: FloatVector, ...operands: V128[]) => V128;

/** Operations that are an instruction or two. */
export const arithmetic: Readonly<Record<string, VectorOperation>> = {
  add: (f, a, b) => f.add(a!, b!),
  sub: (f, a, b) => f.sub(a!, b!),
  mul: (f, a, b) => f.mul(a!, b!),
  mulStrongZero: (f, a, b) => v128.andNot(f.mul(a!, b!), v128.or(f.eq(a!, f.const(0)), f.eq(b!, f.const(0)))),
  div: (f, a, b) => f.div(a!, b!),
  maximum: (f, a, b) => f.max(a!, b!),
  minimum: (f, a, b) => f.min(a!, b!),
  relu: (f, a) => f.max(a!, f.const(0)),
  neg: (f, a) => f.neg(a!),
  abs: (f, a) => f.abs(a!),
  sqrt: (f, a) => f.sqrt(a!),
  rsqrt: (f, a) => f.div(f.const(1), f.sqrt(a!)),
  reciprocal: (f, a) => f.div(f.const(1), a!),
};

/** Comparisons, whose results are bools. */
export const comparisons: Readonly<Record<string, VectorOperation>> = {
  equal: (f, a, b) => f.eq(a!, b!),
  notEqual: (f, a, b) => f.ne(a!, b!),
  less: (f, a, b) => f.lt(a!, b!),
  lessEqual: (f, a, b) => f.le(a!, b!),
  greater: (f, a, b) => f.gt(a!, b!),
  greaterEqual: (f, a, b) => f.ge(a!, b!),
};

/** `where`: the first operand is a mask. */
const select: VectorOperation = (_, mask, a, b) => v128.select(a!, b!, mask!);

/** Whether an operation from floats to floats can stand in a chain. */
export function isChainable(name: string, bytes: 4 | 8, features: Features): boolean {
  return Object.hasOwn(arithmetic, name) || Object.hasOwn(functionsOf(bytes, features), name);
}

/** Whether an operation on two operands, or `where`, can run alone. Bools are bytes, which go four to a vector of float32. */
export function isElementwise(name: string, bytes: 4 | 8): boolean {
  if (name === "where" || Object.hasOwn(comparisons, name)) return bytes === 4;
  return Object.hasOwn(arithmetic, name);
}

type Run = (outer: number, rows: number, length: number, table: number) => void;

/** The function of a plan: (outer, rows, length, address of a table of the addresses of its operands and results). */
function build(plan: ElementwisePlan, bytes: 4 | 8, { features, limits, heap }: Machine): Run {
  const module = new ModuleBuilder(limits);
  const f = bytes === 4 ? f32x4(features) : f64x2(features);
  const functions = functionsOf(bytes, features);
  const splat = bytes === 4 ? loads.splat32 : loads.splat64;
  module.function("run", ["i32", "i32", "i32", "i32"], (body, outer, rows, length, table) => {
    const addresses = Array.from({ length: plan.operands.length + plan.results.length }, (_, i) =>
      body.local("i32", loads.i32(table, 4 * i)),
    );
    const values = plan.operands.map(({ kind }, i) =>
      body.local("v128", kind === "scalar" ? splat(addresses[i]!) : f.const(0)),
    );
    const [o, r, column, offset, at] = body.locals("i32", "i32", "i32", "i32", "i32");
    const rowBytes = body.local("i32", i32.mul(length, i32.const(bytes)));
    const each = (kind: ElementwisePlan["operands"][number]["kind"], f: (i: number) => void): void =>
      plan.operands.forEach((operand, i) => {
        if (operand.kind === kind) f(i);
      });
    // `at` runs over the result in bytes of floats; rows that end within a vector write over the start of the next, which comes after them.
    body.for(o, outer, 1, () => {
      body.set(r, i32.const(0));
      body.set(column, i32.const(0));
      body.for(r, rows, 1, () => {
        each("column", (i) => body.set(values[i]!, splat(i32.add(addresses[i]!, column))));
        body.set(offset, i32.const(0));
        body.for(offset, rowBytes, 16, () => {
          const place = i32.add(at, offset);
          each("full", (i) => body.set(values[i]!, loadOf(plan.operands[i]!.isBool, addresses[i]!, place)));
          each("row", (i) => body.set(values[i]!, loadOf(plan.operands[i]!.isBool, addresses[i]!, offset)));
          const all: V128[] = [...values];
          for (const step of plan.steps) all.push(body.local("v128", valueOf(step, all, body, f, functions)));
          plan.results.forEach((result, i) => {
            const address = addresses[plan.operands.length + i]!;
            const step = plan.steps[result - plan.operands.length];
            if (step !== undefined && Object.hasOwn(comparisons, step.operation)) {
              const bools = v128.and(all[result]!, i32x4.splat(i32.const(1)));
              body.do(storeLanesAsBytes(i32.add(address, i32.shrU(place, i32.const(2))), body.local("v128", bools)));
            } else {
              body.do(stores.v128(i32.add(address, place), all[result]!));
            }
          });
        });
        body.set(at, i32.add(at, rowBytes));
        body.increase(column, bytes);
      });
    });
  });
  const { exports } = new engine.Instance(new engine.Module(module.encode()), { env: { memory: heap.memory } });
  return exports.run as Run;
}

/** A vector of floats, or a mask from as many bools. */
function loadOf(isBool: boolean, address: Local<"i32">, place: typeof address | ReturnType<typeof i32.add>): V128 {
  if (!isBool) return loads.v128(i32.add(address, place));
  const lanes = lanesOfBytes(i32.add(address, i32.shrU(place, i32.const(2))));
  return i32x4.ne(lanes, i32x4.splat(i32.const(0)));
}

function valueOf(
  { operation, from, constant }: ElementwisePlan["steps"][number],
  all: readonly V128[],
  body: Body,
  f: FloatVector,
  functions: Readonly<Record<string, VectorFunction>>,
): V128 {
  if (constant !== undefined) return f.const(constant);
  const operands = from.map((place) => all[place]!);
  const own = operation === "where" ? select : (arithmetic[operation] ?? comparisons[operation]);
  return own === undefined ? functions[operation]!(body, operands[0]!) : own(f, ...operands);
}

/** The result of an elementwise operation, as its operands see it. */
export interface Extent {
  readonly outer: number;
  readonly rows: number;
  readonly length: number;
}

/** Runs plans on storages; the function of each is made once. */
export function planRunner(machine: Machine) {
  const runs = new WeakMap<ElementwisePlan, Run>();
  return (
    plan: ElementwisePlan,
    { outer, rows, length }: Extent,
    bytes: 4 | 8,
    operands: readonly Storage[],
    results: readonly Storage[],
  ): void => {
    let run = runs.get(plan);
    if (run === undefined) {
      run = build(plan, bytes, machine);
      runs.set(plan, run);
    }
    const { heap } = machine;
    const all = [...operands, ...results];
    heap.begin(
      all.length + 1,
      all.reduce((sum, { byteLength }) => sum + byteLength, 4 * all.length),
    );
    const addresses = [
      ...operands.map((operand) => heap.place(operand)),
      ...results.map((out) => heap.reserve(out.byteLength)),
    ];
    const table = heap.place(Int32Array.from(addresses));
    run(outer, rows, length, table);
    results.forEach((out, i) => {
      heap.take(addresses[operands.length + i]!, out);
    });
  };
}
