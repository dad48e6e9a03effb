import fc from "fast-check";
import { expect, test } from "vitest";
import { Regions } from "../../../src/kernels/wasm/regions.ts";
import { engine } from "../../../src/wasm/engine.ts";

test("regions never overlap, lie within the memory, and what was given back is given again", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 100_000 }), frees: fc.boolean() }), { maxLength: 60 }),
      (calls) => {
        const regions = new Regions(new engine.Memory({ initial: 1 }));
        const taken: { address: number; bytes: number }[] = [];
        for (const { bytes, frees } of calls) {
          const old = frees ? taken.shift() : undefined;
          if (old) regions.free(old.address, old.bytes);
          const address = regions.allocate(bytes);
          expect(address % 64).toBe(0);
          expect(address + bytes).toBeLessThanOrEqual(regions.memory.buffer.byteLength);
          for (const other of taken) {
            expect(address >= other.address + other.bytes || address + bytes <= other.address).toBe(true);
          }
          taken.push({ address, bytes });
        }
      },
    ),
  );
});

test("memory that is given back does not let the whole grow", () => {
  const regions = new Regions(new engine.Memory({ initial: 1 }));
  const first = regions.allocate(1_000_000);
  regions.free(first, 1_000_000);
  const before = regions.memory.buffer.byteLength;
  for (let i = 0; i < 100; i++) regions.free(regions.allocate(900_000), 900_000);
  expect(regions.memory.buffer.byteLength).toBe(before);
});
