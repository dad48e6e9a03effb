import type { Storage } from "../../dtype.ts";
import { type Body, ModuleBuilder } from "../../wasm/builder.ts";
import type { Code } from "../../wasm/encode.ts";
import { engine } from "../../wasm/engine.ts";
import {
  type Features,
  type FloatVector,
  f32x4,
  f64x2,
  type I32,
  i8x16,
  i32,
  loads,
  stores,
  type V128,
  v128,
} from "../../wasm/instructions.ts";
import type { ElementwisePlan } from "../kernels.ts";
import { binaryFunctionsOf, functionsOf } from "./functions.ts";
import type { Machine } from "./machine.ts";
import { arithmetic, isSimplePower, logical, predicates, select, simplePower } from "./vector-operations.ts";

// A chain of elementwise operations as one function: each element is read once and written once, and what is between stays in registers.

/** Bytes of an element: of float32, of float64, or of bool where all operands are bools. */
export type ElementBytes = 1 | 4 | 8;

/** Whether an operation of floats, or of masks that come of them, can stand in a chain. */
export function isChainable(name: string, bytes: 4 | 8, features: Features): boolean {
  if (name === "where") return true;
  const functions = [arithmetic, predicates, functionsOf(bytes, features), binaryFunctionsOf(bytes, features)];
  return functions.some((table) => Object.hasOwn(table, name));
}

/** Whether an operation of a few instructions, or of two operands, can run alone. Asked at every call, it makes nothing. */
export function isElementwise(name: string, bytes: ElementBytes): boolean {
  if (bytes === 1) return Object.hasOwn(logical, name);
  if (name === "power") return bytes === 4;
  return name === "where" || Object.hasOwn(arithmetic, name) || Object.hasOwn(predicates, name);
}

type Run = (outer: number, rows: number, length: number, table: number) => void;

/** The function of a plan: (outer, rows, length, address of a table of the addresses of its operands and results). */
function build(plan: ElementwisePlan, bytes: ElementBytes, { features, limits, heap }: Machine): Run {
  const module = new ModuleBuilder(limits);
  const f = bytes === 8 ? f64x2(features) : f32x4(features);
  const splat = { 1: loads.splat8, 4: loads.splat32, 8: loads.splat64 }[bytes];
  // Bools beside floats are masks; places are in bytes of floats.
  const isMask = (i: number): boolean => bytes !== 1 && plan.operands[i]!.isBool;
  const boolAt = (address: I32, place: I32): I32 => i32.add(address, i32.shrU(place, i32.const(bytes === 4 ? 2 : 3)));
  const one = (i: number, address: I32, place: I32): V128 =>
    isMask(i) ? isTrue(loads.splat8(boolAt(address, place))) : splat(i32.add(address, place));
  const several = (i: number, address: I32, place: I32): V128 =>
    isMask(i) ? maskOf(boolAt(address, place), bytes) : loads.v128(i32.add(address, place));
  module.function("run", ["i32", "i32", "i32", "i32"], (body, outer, rows, length, table) => {
    const addresses = Array.from({ length: plan.operands.length + plan.results.length }, (_, i) =>
      body.local("i32", loads.i32(table, 4 * i)),
    );
    const values = plan.operands.map(({ kind }, i) =>
      body.local("v128", kind === "scalar" ? one(i, addresses[i]!, i32.const(0)) : f.const(0)),
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
        each("column", (i) => body.set(values[i]!, one(i, addresses[i]!, column)));
        body.set(offset, i32.const(0));
        body.for(offset, rowBytes, 16, () => {
          const place = i32.add(at, offset);
          each("full", (i) => body.set(values[i]!, several(i, addresses[i]!, place)));
          each("row", (i) => body.set(values[i]!, several(i, addresses[i]!, offset)));
          const all: V128[] = [...values];
          for (const step of plan.steps) all.push(body.local("v128", valueOf(plan, step, all, body, f, features)));
          plan.results.forEach((result, i) => {
            const address = addresses[plan.operands.length + i]!;
            const step = plan.steps[result - plan.operands.length];
            if (bytes !== 1 && step !== undefined && Object.hasOwn(predicates, step.operation)) {
              body.do(storeMask(boolAt(address, place), all[result]!, bytes));
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

/** A mask for each byte that is not 0. */
const isTrue = (bytes: V128): V128 => i8x16.ne(bytes, i8x16.splat(i32.const(0)));

/** The first bytes from an address on, one for each lane, as a mask. */
function maskOf(address: I32, bytes: number): V128 {
  const lanes = Array.from({ length: 16 }, (_, i) => Math.floor(i / bytes));
  const all = bytes === 4 ? loads.splat32(address) : loads.splat16(address);
  return isTrue(v128.shuffle(all, v128.const(Array(16).fill(0)), lanes));
}

/** A mask as bytes of 0 or 1. */
function storeMask(address: I32, mask: V128, bytes: number): Code {
  const lanes = Array.from({ length: 16 }, (_, i) => (i * bytes) % 16);
  const bools = v128.and(v128.shuffle(mask, mask, lanes), i8x16.splat(i32.const(1)));
  return bytes === 4 ? stores.lane32(address, bools) : stores.lane16(address, bools);
}

function valueOf(
  { operands, steps }: ElementwisePlan,
  { operation, from, constant }: ElementwisePlan["steps"][number],
  all: readonly V128[],
  body: Body,
  f: FloatVector,
  features: Features,
): V128 {
  if (constant !== undefined) return f.const(constant);
  const values = from.map((place) => all[place]!);
  if (operation === "where") return select(f, ...values);
  const exponent = operation === "power" ? steps[from[1]! - operands.length]?.constant : undefined;
  if (exponent !== undefined && isSimplePower(exponent)) return simplePower(f, body, values[0]!, exponent);
  const own = arithmetic[operation] ?? predicates[operation] ?? logical[operation];
  if (own !== undefined) return own(f, ...values);
  const bytes = f.bits === 32 ? 4 : 8;
  const binary = binaryFunctionsOf(bytes, features)[operation];
  return binary === undefined
    ? functionsOf(bytes, features)[operation]!(body, values[0]!)
    : binary(body, values[0]!, values[1]!);
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
    bytes: ElementBytes,
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
