import { mkdirSync, writeFileSync } from "node:fs";
import { compiled } from "./peers.ts";
import { isInstalled } from "./prepare.ts";
import { type RaceResult, resultsFolder } from "./results.ts";

/** JSON, Markdown and, where the peers are installed, a chart, into benchmarks/results. */
export async function save(name: string, result: RaceResult, report: string, chart: "race" | "growth"): Promise<void> {
  const path = `${resultsFolder}${name}`;
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(`${path}.json`, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(`${path}.md`, report);
  const kinds = ["json", "md"];
  if (isInstalled()) {
    // Compiled beside the peers, since Vega is installed there.
    const charts = (await import(new URL("peers/chart.js", compiled).href)) as Readonly<
      Record<typeof chart, (result: RaceResult) => Promise<string>>
    >;
    writeFileSync(`${path}.svg`, await charts[chart](result));
    kinds.push("svg");
  }
  console.log(`\nWritten to benchmarks/results: ${name}.{${kinds.join(",")}}`);
}
