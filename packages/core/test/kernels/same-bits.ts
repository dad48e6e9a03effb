import type { Storage } from "../../src/dtype.ts";

/** Whether two arrays are the same to the last bit; to compare large ones element by element, a matcher takes seconds. */
export const sameBits = (a: Storage, b: Storage): boolean =>
  a.constructor === b.constructor && bytesOf(a).equals(bytesOf(b));

const bytesOf = ({ buffer, byteOffset, byteLength }: Storage): Buffer => Buffer.from(buffer, byteOffset, byteLength);
