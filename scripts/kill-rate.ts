import { mkdirSync, writeFileSync } from "node:fs";
import * as core from "@tapegrad/core";
import { describeMutation, formatKillReport, killRate, killRateOf } from "@tapegrad/gradcheck";

// `pnpm killrate`: plants mistakes in the gradient rules of every operation, prints how many the checker finds, and writes that to
// out/kill-rate.json. Exits 1 unless it finds all that are wrong at first order, and 99 % of those wrong at second order only.

const GATES = [1, 0.99] as const;

const start = performance.now();
const report = killRate(core);
console.log(formatKillReport(report));
console.log(`${((performance.now() - start) / 1000).toFixed(0)} s`);

const folder = new URL("../out/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("kill-rate.json", folder), `${JSON.stringify(report, null, 2)}\n`);

// The gate of order 2 lets some live: none of them quietly.
if (report.survivors.length > 0) {
  const lines = report.survivors.map(
    ({ operation, mutation, size, verdict }) =>
      `  order ${mutation.order}: ${operation} at ${size}, ${describeMutation(mutation)} (${verdict})`,
  );
  console.error(`\n!!! ${report.survivors.length} MUTANTS SURVIVED: the checker does not see\n${lines.join("\n")}`);
}

const isBelow = report.total.some((tally, i) => killRateOf(tally) < GATES[i]!);
process.exitCode = isBelow || report.alarms.length > 0 ? 1 : 0;
