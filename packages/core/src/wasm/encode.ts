// The binary format of WebAssembly modules (WebAssembly Core Specification 2.0, chapter 5), as far as kernels need it.

/** Bytes in nested lists: building up large code must not copy it at each level. */
export type Code = number | Uint8Array | readonly Code[];

/** What is being written, and how far: larger than any code so far. */
let buffer = new Uint8Array(1 << 16);
let length = 0;

/** The bytes of nested code, in order. */
export function flatten(code: Code): Uint8Array<ArrayBuffer> {
  length = 0;
  write(code);
  return buffer.slice(0, length);
}

/** Lists are looked through here for bytes, of which they mostly hold: a call for each would take twice as long. */
function write(code: Code): void {
  if (typeof code === "number") {
    reserve(1);
    buffer[length++] = code;
  } else if (code instanceof Uint8Array) {
    reserve(code.length);
    buffer.set(code, length);
    length += code.length;
  } else {
    for (let i = 0; i < code.length; i++) {
      const part = code[i]!;
      if (typeof part !== "number") write(part);
      else {
        if (length === buffer.length) reserve(1);
        buffer[length++] = part;
      }
    }
  }
}

function reserve(bytes: number): void {
  if (length + bytes <= buffer.length) return;
  const larger = new Uint8Array(2 * (length + bytes));
  larger.set(buffer.subarray(0, length));
  buffer = larger;
}

/** LEB128 of a number from 0 to 2³² − 1: most are one byte. */
export function unsigned(value: number): Code {
  if (value >= 0 && value < 0x80) return value;
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
export function signed(value: number): Code {
  if (value >= -0x40 && value < 0x40 && Number.isInteger(value)) return value & 0x7f;
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
export function section(id: number, content: Code): Code {
  const bytes = flatten(content);
  return [id, unsigned(bytes.length), bytes];
}
