import type { Entry } from "../tape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import type { Body, Local } from "../wasm/builder.ts";
import { type I32, i32, loads, stores, type V128, v128 } from "../wasm/instructions.ts";
import { stridesIn } from "./access.ts";
import { vectorsOf } from "./compute.ts";
import { isNumber } from "./fusion.ts";
import type { GroupSchedule } from "./group-schedule.ts";
import { integerConst } from "./integers.ts";
import { loadMask, splatMask, storeMask } from "./masks.ts";

/** What code within a group may use by its name. */
export interface Scope {
  /** Numbers, and operands of one element. */
  readonly constants: ReadonlyMap<AnyTensor, V128>;
  /** Values of the row. */
  readonly rows: Map<AnyTensor, V128>;
  /** Operands in the row: where they begin, or the one element that the row has. */
  readonly inRow: ReadonlyMap<string, { readonly offset?: Local<"i32">; readonly value?: V128 }>;
  /** Where the scratch memory of the thread begins, from that of all threads on. */
  readonly kept: I32;
}

/** Reads operands of a group, and writes its results. Offsets are in bytes of its floats. */
export class GroupOperands {
  readonly #schedule: GroupSchedule;
  readonly #addressOf: (tensor: AnyTensor) => number;
  readonly #bytes: 4 | 8;
  readonly #strides = new Map<Entry, Map<AnyTensor, readonly number[]>>();

  constructor(schedule: GroupSchedule, addressOf: (tensor: AnyTensor) => number) {
    this.#schedule = schedule;
    this.#addressOf = addressOf;
    this.#bytes = schedule.group.bytes;
  }

  /** Values that are there before all loops. */
  constants(body: Body): ReadonlyMap<AnyTensor, V128> {
    const constants = new Map<AnyTensor, V128>();
    for (const [entry, operand] of this.#operands()) {
      if (constants.has(operand)) continue;
      if (isNumber(operand)) constants.set(operand, this.#number(operand));
      else if (this.#stridesOf(entry, operand).every((stride) => stride === 0))
        constants.set(operand, body.local("v128", this.#splat(operand, i32.const(0))));
    }
    return constants;
  }

  /** Entries with each of their operands that is not made within the group. */
  #operands(): [Entry, AnyTensor][] {
    const { group, madeBy } = this.#schedule;
    return group.entries.flatMap((entry) =>
      entry.inputs.flatMap((input): [Entry, AnyTensor][] => (madeBy.has(input) ? [] : [[entry, input]])),
    );
  }

  #number(tensor: AnyTensor): V128 {
    const value = storageOf(tensor)[0]!;
    if (tensor.dtype === "int32") return integerConst(value);
    if (tensor.dtype !== "bool") return vectorsOf(this.#bytes, { fma: false }).const(value);
    return v128.const(Array.from({ length: 16 }, () => (value === 0 ? 0 : 255)));
  }

  #stridesOf(entry: Entry, operand: AnyTensor): readonly number[] {
    const known = this.#strides.get(entry)?.get(operand);
    if (known !== undefined) return known;
    const { group } = this.#schedule;
    const strides = stridesIn(group.accessOf(entry, operand), group.loops);
    const ofEntry = this.#strides.get(entry) ?? new Map<AnyTensor, readonly number[]>();
    this.#strides.set(entry, ofEntry.set(operand, strides));
    return strides;
  }

  /** A name for an operand as an entry reads it: one that two entries read in different ways is two values. */
  nameOf(entry: Entry, operand: AnyTensor): string {
    return `${numberOf(operand)} ${this.#stridesOf(entry, operand)}`;
  }

  /** Operands of a row that do not lie as the results do. */
  enterRow(body: Body, row: Local<"i32">, constants: ReadonlyMap<AnyTensor, V128>): Scope["inRow"] {
    const { group, inner: length } = this.#schedule;
    const loops = group.loops.slice(1);
    const found = new Map<string, { readonly offset?: Local<"i32">; readonly value?: V128 }>();
    for (const [entry, operand] of this.#operands()) {
      const name = this.nameOf(entry, operand);
      if (constants.has(operand) || found.has(name)) continue;
      const [inner, ...outer] = this.#stridesOf(entry, operand);
      const even = evenStride(outer, loops);
      if (inner === 1 && even === length) continue;
      const place = even === null ? unevenPlace(row, outer, loops) : i32.mul(row, i32.const(even));
      const offset = body.local("i32", i32.mul(place, i32.const(this.#bytes)));
      found.set(name, inner === 0 ? { value: body.local("v128", this.#splat(operand, offset)) } : { offset });
    }
    return found;
  }

  /** One element in all lanes. */
  #splat(tensor: AnyTensor, offset: I32): V128 {
    const address = this.#addressOf(tensor);
    if (tensor.dtype === "bool") return splatMask(this.#bytes, offset, address);
    return this.#bytes === 4 ? loads.splat32(offset, address) : loads.splat64(offset, address);
  }

  load(tensor: AnyTensor, offset: I32, address: number = this.#addressOf(tensor)): V128 {
    return tensor.dtype === "bool" ? loadMask(this.#bytes, offset, address) : loads.v128(offset, address);
  }

  /** Writes the first lanes of a vector, which is written out more than once: give a variable. */
  store(
    body: Body,
    tensor: AnyTensor,
    offset: I32,
    value: V128,
    lanes: number,
    address: number = this.#addressOf(tensor),
  ): void {
    if (tensor.dtype === "bool") body.do(storeMask(this.#bytes, offset, value, address, lanes));
    else if (lanes * this.#bytes === 16) body.do(stores.v128(offset, value, address));
    else
      for (let i = 0; i < lanes; i++)
        body.do((this.#bytes === 4 ? stores.lane32 : stores.lane64)(offset, value, address + i * this.#bytes, i));
  }
}

const numbers = new WeakMap<AnyTensor, number>();
let count = 0;

/** A number for each tensor there ever was. */
function numberOf(tensor: AnyTensor): number {
  const known = numbers.get(tensor);
  if (known !== undefined) return known;
  numbers.set(tensor, count);
  return count++;
}

/** The one stride for all rows, where an operand moves on evenly through all loops outside of a row. */
function evenStride(strides: readonly number[], loops: readonly number[]): number | null {
  const [first = 0] = strides;
  let step = first;
  for (const [i, stride] of strides.entries()) {
    if (stride !== step) return null;
    step *= loops[i]!;
  }
  return first;
}

/** Where a row begins in an operand, in elements. */
function unevenPlace(row: I32, strides: readonly number[], loops: readonly number[]): I32 {
  let place: I32 = i32.const(0);
  let below = 1;
  for (const [i, stride] of strides.entries()) {
    if (stride !== 0) {
      const turned = below === 1 ? row : i32.divU(row, i32.const(below));
      const index = i === strides.length - 1 ? turned : i32.remU(turned, i32.const(loops[i]!));
      place = i32.add(place, i32.mul(index, i32.const(stride)));
    }
    below *= loops[i]!;
  }
  return place;
}
