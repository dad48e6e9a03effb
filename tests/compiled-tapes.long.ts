import { tapes } from "@tapegrad/gradcheck/property";
import fc from "fast-check";
import { expect, test } from "vitest";
import { configurations, differenceInDouble, differenceInSingle } from "./compiled/compare-tape.ts";

test("2,000 compiled tapes of float64 are what their operations compute", () => {
  const property = fc.property(tapes(), configurations, (tape, configuration) => {
    expect(differenceInDouble(tape, configuration)).toBeNull();
  });
  fc.assert(property, { numRuns: 2000, seed: 3 });
});

test("2,000 compiled tapes of float32 are as near to float64 as their operations", () => {
  const property = fc.property(tapes(), configurations, (tape, configuration) => {
    expect(differenceInSingle(tape, configuration) ?? null).toBeNull();
  });
  fc.assert(property, { numRuns: 2000, seed: 4 });
});
