import { type Entry, type Measured, OURS, type WorkloadResult } from "./results.ts";

export type Row = readonly string[];

/** Milliseconds, in the unit that suits. */
export function showTime(milliseconds: number): string {
  if (milliseconds >= 1000) return `${digits(milliseconds / 1000)} s`;
  if (milliseconds >= 1) return `${digits(milliseconds)} ms`;
  return milliseconds >= 1e-3 ? `${digits(milliseconds * 1e3)} µs` : `${digits(milliseconds * 1e6)} ns`;
}

/** Three digits, and no exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export const showBytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
export const showRatio = (ratio: number): string => `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(2)} ×`;

/** The stack, if there is one, is in the JSON. */
const firstLine = (text: string): string => text.trim().split("\n")[0]!;

/** Columns beside each other, the first aligned to the left. */
export function aligned(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: Row): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join("\n");
}

/** Columns beside each other in Markdown, padded. */
export function markdown(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: Row): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head, ...rest] = rows.map(line);
  return [head, rule, ...rest].join("\n");
}

/** Who was measured. */
export const timed = (result: WorkloadResult): readonly (Entry & { readonly measured: Measured })[] =>
  result.entries.flatMap((entry) => (entry.measured === undefined ? [] : [{ ...entry, measured: entry.measured }]));

/** All that was measured at one workload, and why who is not in the table is not. */
export function workloadTable(result: WorkloadResult): string {
  const entries = timed(result);
  const fastest = Math.min(...entries.map(({ measured }) => measured.median));
  const ours = entries.find(({ peer }) => peer === OURS)?.measured.median;
  const head = ["", "median", "quartiles", "× fastest", `× ${OURS}`, "cpu", "first", "with start", "peak", "steps"];
  const rows = entries.map(({ peer, measured: m }) => [
    peer,
    showTime(m.median),
    `${showTime(m.lower)} – ${showTime(m.upper)}`,
    showRatio(m.median / fastest),
    ours === undefined ? "" : showRatio(m.median / ours),
    showTime(m.cpu),
    showTime(m.first),
    showTime(m.firstWithStart),
    showBytes(m.peakBytes),
    String(m.steps),
    ...(result.flops === undefined ? [] : [(result.flops / m.median / 1e6).toFixed(1)]),
  ]);
  const heads = result.flops === undefined ? head : [...head, "GFLOP/s"];
  const problems = result.entries.flatMap(({ peer, problem }) =>
    problem === undefined ? [] : [`  ${peer}: ${problem.kind}: ${firstLine(problem.text)}`],
  );
  return [`${result.name}: ${result.title}`, aligned([heads, ...rows]), ...problems].join("\n");
}
