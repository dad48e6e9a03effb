import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAIN, type Lifetime, planMemory } from "../../src/compile/memory-plan.ts";

const lifetimes = fc
  .array(fc.record({ bytes: fc.nat(500), from: fc.nat(12), length: fc.nat(5), donor: fc.nat(30) }), { maxLength: 30 })
  .map((drawn) => {
    const all: Lifetime[] = [];
    const taken = new Set<Lifetime>();
    for (const { bytes, from, length, donor } of drawn.sort((a, b) => a.from - b.from)) {
      const instead = all[donor];
      // As the layout asks: of one that ends where this one begins, has its size, and is given to nobody else.
      const isGiven = instead !== undefined && instead.to === from && instead.from < from && !taken.has(instead);
      if (isGiven) taken.add(instead);
      all.push({ bytes: isGiven ? instead.bytes : bytes, from, to: from + length, ...(isGiven && { instead }) });
    }
    return all;
  });

test("what lives at one time lies in different places, but for a result in the place of its operand", () => {
  const property = fc.property(lifetimes, (all) => {
    const { offsets, bytes } = planMemory(all);
    for (const a of all) {
      const start = offsets.get(a)!;
      expect(start % GRAIN).toBe(0);
      expect(start + a.bytes).toBeLessThan(bytes + 1);
      if (a.instead) expect(start).toBe(offsets.get(a.instead));
      for (const b of all) {
        if (a === b || a.instead === b || b.instead === a || a.to < b.from || b.to < a.from) continue;
        const other = offsets.get(b)!;
        expect(start + a.bytes <= other || other + b.bytes <= start).toBe(true);
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
});

test("a gap that fits best is used again", () => {
  const long = { bytes: 64, from: 0, to: 9 };
  const [large, small] = [
    { bytes: 256, from: 0, to: 1 },
    { bytes: 64, from: 0, to: 1 },
  ];
  const later = { bytes: 64, from: 2, to: 3 };
  const { offsets, bytes } = planMemory([large, long, small, later]);
  expect(offsets.get(later)).toBe(offsets.get(large));
  expect(bytes).toBe(256 + 64 + 4 * 64);
  expect(planMemory([]).bytes).toBe(0);
});
