/**
 * `node count-tests.mjs REPORTS [FAILED_STAGE...]` sums vitest's JSON reports (one per stage, `STAGE.json`) and prints
 * `N passed, N failed` as its last line. A test file that does not load is one failure, and so is a failed stage that
 * no failure in its report explains: the line says `0 failed` exactly when the exit status is 0.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...failedStages] = process.argv.slice(2);
const explained = new Set();
let passed = 0;
let failed = 0;

for (const file of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const unloadable = report.testResults.filter((f) => f.status === "failed" && f.assertionResults.length === 0);
  const failures = report.numFailedTests + unloadable.length;
  passed += report.numPassedTests;
  failed += failures;
  if (failures > 0) explained.add(file.replace(/\.json$/, ""));
}

failed += failedStages.filter((stage) => !explained.has(stage)).length;
if (failedStages.length > 0) console.log(`stages that failed: ${failedStages.join(", ")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
