import { asTheyAre, type Outcome, runCase, type Through } from "./run-case.ts";
import type { Case } from "./schema.ts";

export interface Tally {
  passed: number;
  failed: number;
  unsupported: number;
}

export interface OracleReport {
  readonly total: Tally;
  readonly groups: ReadonlyMap<string, Tally>;
  /** `id: first difference` */
  readonly failures: readonly string[];
  /** Operations that cases need and we have not, in order. */
  readonly missing: readonly string[];
}

/**
 * Runs all cases.
 * @param through what functions go through before they run: `compile`, for example.
 */
export function runCases(cases: readonly Case[], through: Through = asTheyAre): OracleReport {
  const none = (): Tally => ({ passed: 0, failed: 0, unsupported: 0 });
  const total = none();
  const groups = new Map<string, Tally>();
  const failures: string[] = [];
  const missing = new Set<string>();
  for (const spec of cases) {
    const outcome: Outcome = runCase(spec, through);
    const group = groups.get(spec.group) ?? none();
    groups.set(spec.group, group);
    group[outcome.verdict]++;
    total[outcome.verdict]++;
    if (outcome.verdict === "failed") failures.push(`${spec.id}: ${outcome.difference}`);
    if (outcome.verdict === "unsupported") for (const name of outcome.missing) missing.add(name);
  }
  return { total, groups, failures, missing: [...missing].sort() };
}
