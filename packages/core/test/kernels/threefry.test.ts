import { expect, test } from "vitest";
import { threefry } from "../../src/kernels/reference/threefry.ts";

function block(key: [number, number], counter: [number, number]): string[] {
  const out = new Int32Array(2);
  threefry(key[0], key[1], counter[0], counter[1], out, 2);
  return Array.from(out, (word) => (word >>> 0).toString(16).padStart(8, "0"));
}

test("gives the known answers of Random123 for threefry2x32-20", () => {
  expect(block([0, 0], [0, 0])).toEqual(["6b200159", "99ba4efe"]);
  expect(block([-1, -1], [-1, -1])).toEqual(["1cb996fc", "bb002be7"]);
  expect(block([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual(["c4923a9c", "483df7a0"]);
});

test("counts blocks from the first one on, and stops in the middle of the last", () => {
  const all = new Int32Array(8);
  threefry(5, 6, 0, 9, all, 8);
  const later = new Int32Array(3).fill(77);
  threefry(5, 6, 2, 9, later, 3);
  expect(later).toEqual(all.slice(4, 7));
  const kept = new Int32Array(3).fill(77);
  threefry(5, 6, 0, 9, kept, 1);
  expect(kept).toEqual(Int32Array.of(all[0]!, 77, 77));
  const wrapped = new Int32Array(4);
  threefry(5, 6, -1, 9, wrapped, 4);
  expect(wrapped.slice(2)).toEqual(all.slice(0, 2));
});
