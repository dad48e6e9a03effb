import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../scripts/count-tests.mjs", import.meta.url));

/** A report as vitest writes it; `unloadable` is the number of files that failed before their first test. */
function report(passed: number, failed: number, unloadable = 0): string {
  const testResults = [
    ...Array.from({ length: unloadable }, () => ({ status: "failed", assertionResults: [] })),
    { status: failed > 0 ? "failed" : "passed", assertionResults: [{}] },
  ];
  return JSON.stringify({ numPassedTests: passed, numFailedTests: failed, testResults });
}

function count(reports: Record<string, string>, ...failedStages: string[]): { status: number | null; last: string } {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-count-"));
  try {
    for (const [stage, text] of Object.entries(reports)) writeFileSync(join(folder, `${stage}.json`), text);
    const { status, stdout } = spawnSync(process.execPath, [script, folder, ...failedStages], { encoding: "utf8" });
    return { status, last: stdout.trimEnd().split("\n").at(-1) ?? "" };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the counts of all runs are summed", () => {
  expect(count({ a: report(3, 0), b: report(4, 0) })).toEqual({ status: 0, last: "7 passed, 0 failed" });
});

test("a failed test counts once, although its stage failed too", () => {
  expect(count({ a: report(3, 1), b: report(4, 0) }, "a")).toEqual({ status: 1, last: "7 passed, 1 failed" });
});

test("a file that does not load is a failure", () => {
  expect(count({ a: report(3, 0, 2) }, "a")).toEqual({ status: 1, last: "3 passed, 2 failed" });
});

test("a stage that failed without a failed test is a failure", () => {
  expect(count({ a: report(3, 0) }, "lint", "build")).toEqual({ status: 1, last: "3 passed, 2 failed" });
  expect(count({}, "install")).toEqual({ status: 1, last: "0 passed, 1 failed" });
});
