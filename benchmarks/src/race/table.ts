import { type Entry, type Measured, OURS, type RaceResult, type WorkloadResult } from "./results.ts";

type Row = readonly string[];

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

const showBytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
const showRatio = (ratio: number): string => `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(2)} ×`;

/** The stack, if there is one, is in the JSON. */
const firstLine = (text: string): string => text.trim().split("\n")[0]!;

/** Columns beside each other, the first aligned to the left. */
export function aligned(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: Row): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return rows.map((row) => `  ${line(row)}`.trimEnd()).join("\n");
}

export function markdown([head, ...rows]: readonly Row[]): string {
  const line = (row: Row): string => `| ${row.join(" | ")} |`;
  return [line(head!), line(head!.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n");
}

const timed = (result: WorkloadResult): readonly (Entry & { readonly measured: Measured })[] =>
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

/** A row for each workload, a column for each peer, in Markdown. */
function summary(
  { workloads }: RaceResult,
  cell: (measured: Measured, workload: WorkloadResult, peer: string) => string,
) {
  const names = [...new Set(workloads.flatMap(({ entries }) => entries.map(({ peer }) => peer)))];
  const rows = workloads.map((workload) => {
    const cells = names.map((name) => {
      const { measured, problem } = workload.entries.find(({ peer }) => peer === name) ?? {};
      if (measured !== undefined) return cell(measured, workload, name);
      return problem === undefined || problem.kind === "skipped" ? "–" : problem.kind;
    });
    return [workload.name, ...cells];
  });
  return markdown([["", ...names], ...rows]);
}

/** Warm medians, the shortest in bold, and how many times our time that is. */
export function warmTable(result: RaceResult): string {
  return summary(result, ({ median }, workload, peer) => {
    const entries = timed(workload);
    const ours = entries.find((entry) => entry.peer === OURS)?.measured.median;
    const fastest = Math.min(...entries.map(({ measured }) => measured.median));
    const time = median === fastest ? `**${showTime(median)}**` : showTime(median);
    return peer === OURS || ours === undefined ? time : `${time} (${showRatio(median / ours)})`;
  });
}

/** Processor time of a warm step. */
export const cpuTable = (result: RaceResult): string => summary(result, ({ cpu }) => showTime(cpu));

/** The first step, and from the start of the process to its end. */
export const coldTable = (result: RaceResult): string =>
  summary(result, ({ first, firstWithStart }) => `${showTime(first)}, ${showTime(firstWithStart)}`);

/** The most memory that a process held. */
export const memoryTable = (result: RaceResult): string => summary(result, ({ peakBytes }) => showBytes(peakBytes));

/** What ran where. */
export function conditions({ machine, rounds, notes, workloads }: RaceResult): string {
  const { processor, cores, avx512, system, load } = machine;
  const versions = new Set(workloads.flatMap(({ entries }) => entries.map(({ version }) => version)));
  versions.delete("");
  const instructions = avx512 ? ", AVX-512" : "";
  return [
    `${processor}, ${cores} cores${instructions}, ${system}; load ${load.map((value) => value.toFixed(1)).join(" to ")}; ${rounds} rounds.`,
    `${[...versions].join("; ")}.`,
    ...notes,
  ].join("\n");
}
