import { type AnyTensor, ones, sum } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tapes } from "../../src/property.ts";

const [tape] = fc.sample(tapes({ minNodes: 4 }), { numRuns: 1, seed: 3 });

test("a tape runs for other inputs of the same shapes", () => {
  const others = tape!.at.map(({ shape }) => ones(shape, { dtype: "float64" }) as AnyTensor);
  expect(tape!.run(others).map(({ shape }) => shape)).toEqual(tape!.run(tape!.at).map(({ shape }) => shape));
  expect(tape!.f(others).shape).toEqual([]);
});

test("its loss depends on its results", () => {
  const results = tape!.run(tape!.at);
  expect(results.length).toBeGreaterThan(0);
  expect(Number.isFinite(Number(sum(tape!.f(tape!.at)).item()))).toBe(true);
});

test("it names its operations, and is printed by fast-check as a test", () => {
  expect(tape!.operations.length).toBeGreaterThanOrEqual(4);
  expect(fc.stringify(tape)).toBe(`\n${tape}`);
  expect(String(tape)).toContain(`test("the gradient of ${tape!.operations.join(", ")}"`);
});
