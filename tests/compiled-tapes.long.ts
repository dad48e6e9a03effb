import { setImmediate } from "node:timers/promises";
import { tapes } from "@tapegrad/gradcheck/property";
import fc from "fast-check";
import { expect, test } from "vitest";
import { configurations, differenceInDouble, differenceInSingle } from "./compiled/compare-tape.ts";

// The memory of a program comes back between two turns of the event loop, so there must be some.

test("2,000 compiled tapes of float64 are what their operations compute", async () => {
  const property = fc.asyncProperty(tapes(), configurations, async (tape, configuration) => {
    await setImmediate();
    expect(differenceInDouble(tape, configuration)).toBeNull();
  });
  await fc.assert(property, { numRuns: 2000, seed: 3 });
});

test("2,000 compiled tapes of float32 are as near to float64 as their operations", async () => {
  const property = fc.asyncProperty(tapes(), configurations, async (tape, configuration) => {
    await setImmediate();
    expect(differenceInSingle(tape, configuration) ?? null).toBeNull();
  });
  await fc.assert(property, { numRuns: 2000, seed: 4 });
});
