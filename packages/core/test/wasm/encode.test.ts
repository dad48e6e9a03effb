import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flatten, float, signed, unsigned } from "../../src/wasm/encode.ts";

/** What a decoder makes of LEB128. */
function decoded(bytes: readonly number[], isSigned: boolean): bigint {
  let [value, shift] = [0n, 0n];
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
  }
  return isSigned && (bytes.at(-1)! & 0x40) !== 0 ? value - (1n << shift) : value;
}

describe("LEB128", () => {
  test.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [624485, [0xe5, 0x8e, 0x26]],
  ])("of %i without sign", (value, bytes) => {
    expect([...flatten(unsigned(value))]).toEqual(bytes);
  });

  test.each([
    [-1, [0x7f]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-64, [0x40]],
    [-123456, [0xc0, 0xbb, 0x78]],
  ])("of %i with sign", (value, bytes) => {
    expect([...flatten(signed(value))]).toEqual(bytes);
  });

  test("is what a decoder reads", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (n) => decoded([...flatten(unsigned(n))], false) === BigInt(n),
      ),
    );
    fc.assert(fc.property(fc.integer(), (n) => decoded([...flatten(signed(n))], true) === BigInt(n)));
  });
});

test("floats are written as memory holds them", () => {
  expect(float(1, 32)).toEqual([0, 0, 0x80, 0x3f]);
  expect(float(-2, 64)).toEqual([0, 0, 0, 0, 0, 0, 0, 0xc0]);
});

test("nested code is flattened in order", () => {
  expect([...flatten([1, [2, [3], []], [[4]], 5])]).toEqual([1, 2, 3, 4, 5]);
});
