import type { Code } from "../wasm/encode.ts";
import { type I32, i8x16, i32, loads, stores, type V128, v128 } from "../wasm/instructions.ts";

// Bools are bytes in memory, and masks in registers: all bits of a lane. Offsets are those of floats that lie beside them.

const placeOf = (bytes: 4 | 8, offset: I32): I32 => i32.shrU(offset, i32.const(bytes === 4 ? 2 : 3));

/** A mask for each byte that is not 0. */
const isTrue = (bytes: V128): V128 => i8x16.ne(bytes, i8x16.splat(i32.const(0)));

/** A mask from bools. */
export function loadMask(bytes: 4 | 8, offset: I32, address: number): V128 {
  const place = placeOf(bytes, offset);
  const all = bytes === 4 ? loads.splat32(place, address) : loads.splat16(place, address);
  const lanes = Array.from({ length: 16 }, (_, i) => Math.floor(i / bytes));
  return isTrue(v128.shuffle(all, v128.const(Array(16).fill(0)), lanes));
}

/** A mask from one bool. */
export const splatMask = (bytes: 4 | 8, offset: I32, address: number): V128 =>
  isTrue(loads.splat8(placeOf(bytes, offset), address));

/** The first lanes of a mask, as bools. `mask` is written out more than once: give a variable. */
export function storeMask(bytes: 4 | 8, offset: I32, mask: V128, address: number, lanes: number): Code {
  const place = placeOf(bytes, offset);
  const from = Array.from({ length: 16 }, (_, i) => (i * bytes) % 16);
  const bools = v128.and(v128.shuffle(mask, mask, from), i8x16.splat(i32.const(1)));
  if (lanes * bytes === 16) return (bytes === 4 ? stores.lane32 : stores.lane16)(place, bools, address);
  return Array.from({ length: lanes }, (_, i) => stores.lane8(place, bools, address + i, i));
}
