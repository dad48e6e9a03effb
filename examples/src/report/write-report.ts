import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Performed } from "../lib/part.ts";
import { reportPage } from "./report-page.ts";

/** What a run of the examples came to. */
export interface DemoResults {
  readonly parts: readonly Pick<Performed, "number" | "id" | "report">[];
  /** Shortened: the numbers are not the published ones. */
  readonly quick: boolean;
  readonly seconds: number;
}

/** Writes `report.html` and `report.json` into a folder, which is made if need be. */
export async function writeReport(
  { parts, quick, seconds }: DemoResults,
  folder: string,
): Promise<{ page: string; json: string }> {
  mkdirSync(folder, { recursive: true });
  const [page, json] = [join(folder, "report.html"), join(folder, "report.json")];
  const reports = await Promise.all(parts.map((part) => part.report()));
  const numbers = Object.fromEntries(parts.map(({ id }, i) => [id, reports[i]!.json]));
  writeFileSync(json, `${JSON.stringify({ quick, seconds, ...numbers }, null, 2)}\n`);
  writeFileSync(page, reportPage(reports, { quick, seconds }));
  return { page, json };
}
