// The binary format of WebAssembly modules (WebAssembly Core Specification 2.0, chapter 5), as far as kernels need it.

/** Bytes in nested lists: building up large code must not copy it at each level. */
export type Code = number | Uint8Array | readonly Code[];

/** The bytes of nested code, in order. */
export function flatten(code: Code): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count(code));
  write(code, bytes, 0);
  return bytes;
}

export function count(code: Code): number {
  if (typeof code === "number") return 1;
  if (code instanceof Uint8Array) return code.length;
  let total = 0;
  for (let i = 0; i < code.length; i++) total += count(code[i]!);
  return total;
}

function write(code: Code, bytes: Uint8Array, at: number): number {
  if (typeof code === "number") {
    bytes[at] = code;
    return at + 1;
  }
  if (code instanceof Uint8Array) {
    bytes.set(code, at);
    return at + code.length;
  }
  let next = at;
  for (let i = 0; i < code.length; i++) next = write(code[i]!, bytes, next);
  return next;
}

/** LEB128 of a number from 0 to 2³² − 1. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** Signed LEB128 of an integer of 32 bits. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** The bytes of a number in memory. */
export function float(value: number, bits: 32 | 64): number[] {
  const view = new DataView(new ArrayBuffer(bits / 8));
  if (bits === 32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [...new Uint8Array(view.buffer)];
}

/** A name of ASCII characters. */
export const text = (value: string): Code => [
  unsigned(value.length),
  Array.from(value, (character) => character.charCodeAt(0)),
];

/** Items after their number. */
export const vector = (items: readonly Code[]): Code => [unsigned(items.length), items];

/** Bytes after their number, and the number of a section before. */
export const section = (id: number, content: Code): Code => [id, unsigned(count(content)), content];
