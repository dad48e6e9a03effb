import type { GradientReport } from "./gradient-report.ts";

/** A report as text. */
export function formatGradientReport(report: GradientReport): string {
  return report.verdict;
}
