import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runCase } from "../../../scripts/oracle/run-case.ts";
import type { Case } from "../../../scripts/oracle/schema.ts";

// Trajectories of PyTorch 1.13 in float64: optimizers, schedules, clipping; with NAdam as PyTorch 2 has it, and once as 1.13 has.

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("./fixtures/torch.json", import.meta.url), "utf8"));

test.each(cases)("$id", (spec) => {
  expect(runCase(spec)).toEqual({ verdict: "passed" });
});

test("a number that is off by 1e-9 is found", () => {
  const spec = cases.find(({ id }) => id === "schedule/one_cycle/0")!;
  const lrs = spec.lrs!.map((rate, step) => (step === 5 ? rate * (1 + 1e-9) : rate));
  expect(runCase({ ...spec, lrs }).verdict).toBe("failed");
});
