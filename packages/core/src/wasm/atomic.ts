import { type Code, unsigned } from "./encode.ts";
import { type I32, i32 } from "./instructions.ts";

const integer = (...code: Code[]): I32 => ({ type: "i32", code });

/** Loads, stores and exchanges that threads see in one order; memory must be shared for `wait`. */
export const atomic = {
  load: (address: I32, offset = 0): I32 => integer(address.code, 0xfe, 0x10, 2, unsigned(offset)),
  store: (address: I32, value: I32, offset = 0): Code => [address.code, value.code, 0xfe, 0x17, 2, unsigned(offset)],
  /** Adds, and gives what was there before. */
  add: (address: I32, value: I32, offset = 0): I32 =>
    integer(address.code, value.code, 0xfe, 0x1e, 2, unsigned(offset)),
  /** Writes `next` where `expected` stands, and gives what was there before. */
  exchange: (address: I32, expected: I32, next: I32, offset = 0): I32 =>
    integer(address.code, expected.code, next.code, 0xfe, 0x48, 2, unsigned(offset)),
  /** Wakes all who sleep at the address; how many there were. */
  notify: (address: I32, offset = 0): I32 => integer(address.code, i32.const(-1).code, 0xfe, 0x00, 2, unsigned(offset)),
  /** Sleeps until somebody notifies the address, if `expected` stands there. */
  wait: (address: I32, expected: I32, offset = 0): I32 =>
    integer(address.code, expected.code, [0x42, 0x7f], 0xfe, 0x01, 2, unsigned(offset)),
} as const;
