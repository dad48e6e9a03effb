import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { reportJson } from "./report-json.ts";
import { reportPage } from "./report-page.ts";
import type { DemoResults } from "./results.ts";

/** Writes `report.html` and `report.json` into a folder, which is made if need be. */
export async function writeReport(results: DemoResults, folder: string): Promise<{ page: string; json: string }> {
  mkdirSync(folder, { recursive: true });
  const [page, json] = [join(folder, "report.html"), join(folder, "report.json")];
  writeFileSync(json, `${JSON.stringify(reportJson(results), null, 2)}\n`);
  writeFileSync(page, await reportPage(results));
  return { page, json };
}
