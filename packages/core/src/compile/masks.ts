import type { Code } from "../wasm/encode.ts";
import {
  type I32,
  i32,
  i32x4,
  lanesOfBytes,
  loads,
  storeLanesAsBytes,
  stores,
  type V128,
  v128,
} from "../wasm/instructions.ts";

// Bools are bytes in memory, and masks in registers: all bits of a lane. Offsets are those of floats that lie beside them.

/** A mask from bools. */
export function loadMask(bytes: 4 | 8, offset: I32, address: number): V128 {
  if (bytes === 4) return i32x4.ne(lanesOfBytes(i32.shrU(offset, i32.const(2)), address), i32x4.splat(i32.const(0)));
  const place = i32.shrU(offset, i32.const(3));
  const both = i32x4.splat(i32.or(loads.u8(place, address), i32.shl(loads.u8(place, address + 1), i32.const(8))));
  const spread = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];
  return i32x4.ne(v128.shuffle(both, both, spread), i32x4.splat(i32.const(0)));
}

/** The first lanes of a mask, as bools. `mask` is written out more than once: give a variable. */
export function storeMask(bytes: 4 | 8, offset: I32, mask: V128, address: number, lanes: number): Code {
  if (bytes === 4 && lanes === 4) {
    const place = i32.shrU(offset, i32.const(2));
    return storeLanesAsBytes(place, v128.and(mask, i32x4.splat(i32.const(1))), address);
  }
  const place = i32.shrU(offset, i32.const(bytes === 4 ? 2 : 3));
  return Array.from({ length: lanes }, (_, i) =>
    stores.u8(place, i32.and(i32x4.lane(mask, i * (bytes / 4)), i32.const(1)), address + i),
  );
}
