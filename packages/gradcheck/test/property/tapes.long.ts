import * as core from "@tapegrad/core";
import { isChecked } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkGradients, GradientCheckError } from "../../src/index.ts";
import { tapes } from "../../src/property.ts";

const names = Object.values(core).flatMap((op) =>
  isChecked(op) && op.definition.samples.length > 0 ? [op.definition.name] : [],
);

/** Checks random tapes, and counts what they came to; a failure is thrown as a test of its smallest tape. */
function run(numRuns: number, seed: number, order: 1 | 2): { inconclusive: number; operations: ReadonlySet<string> } {
  const operations = new Set<string>();
  let inconclusive = 0;
  const property = fc.property(tapes(), (tape) => {
    const report = checkGradients(tape.run, tape.at, { order, explain: false });
    for (const name of tape.operations) operations.add(name);
    if (report.verdict === "fail") throw new GradientCheckError("tapes", report);
    if (report.verdict === "inconclusive") inconclusive++;
  });
  fc.assert(property, { numRuns, seed });
  return { inconclusive, operations };
}

test("gradients of 20,000 tapes of all operations agree with differences", () => {
  const { inconclusive, operations } = run(20_000, 1, 1);
  expect([...names].filter((name) => !operations.has(name))).toEqual([]);
  expect(inconclusive).toBeLessThan(200);
});

test("so do the derivatives of those of 2,000", () => {
  const { inconclusive } = run(2000, 2, 2);
  expect(inconclusive).toBeLessThan(40);
});
