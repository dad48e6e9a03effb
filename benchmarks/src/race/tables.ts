import { type Measured, OURS, type RaceResult, type WorkloadResult } from "./results.ts";
import { markdown, showBytes, showRatio, showTime, timed } from "./table.ts";

/** Workloads that are steps of training. */
const NETWORKS: ReadonlySet<string> = new Set(["circles", "mlp", "cnn", "lstm", "gru", "transformer"]);
const isNetwork = ({ name }: WorkloadResult): boolean => NETWORKS.has(name);

type Cell = (measured: Measured, workload: WorkloadResult, peer: string) => string;

/** A row for each workload, a column for each peer that was measured at one of them, in Markdown. */
function summary(workloads: readonly WorkloadResult[], cell: Cell): string {
  const names = [...new Set(workloads.flatMap((workload) => timed(workload).map(({ peer }) => peer)))];
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
export function warmTable({ workloads }: Pick<RaceResult, "workloads">): string {
  return summary(workloads, ({ median }, workload, peer) => {
    const entries = timed(workload);
    const ours = entries.find((entry) => entry.peer === OURS)?.measured.median;
    const fastest = Math.min(...entries.map(({ measured }) => measured.median));
    const time = median === fastest ? `**${showTime(median)}**` : showTime(median);
    return peer === OURS || ours === undefined ? time : `${time} (${showRatio(median / ours)})`;
  });
}

/** Processor time of a warm step. */
export const cpuTable = ({ workloads }: RaceResult): string =>
  summary(
    workloads.filter((workload) => workload.flops === undefined),
    ({ cpu }) => showTime(cpu),
  );

/** The first step, and from the start of the process to its end. */
export const coldTable = ({ workloads }: RaceResult): string =>
  summary(
    workloads.filter(isNetwork),
    ({ first, firstWithStart }) => `${showTime(first)}, ${showTime(firstWithStart)}`,
  );

/** The most memory that a process held. */
export const memoryTable = ({ workloads }: RaceResult): string =>
  summary(workloads.filter(isNetwork), ({ peakBytes }) => showBytes(peakBytes));

/** What ran where, when, and how busy the machine was. */
export function conditions({ date, machine, rounds, notes, workloads }: RaceResult): string {
  const { processor, cores, avx512, system, load } = machine;
  const versions = new Set(workloads.flatMap(({ entries }) => entries.map(({ version }) => version)));
  versions.delete("");
  const instructions = avx512 ? " with AVX-512" : "";
  const loads = load.map((value) => value.toFixed(1)).join(" to ");
  return [
    `As measured on ${date.slice(0, 10)}: ${processor}${instructions}, ${cores} cores, ${system}; ${rounds} rounds at a load of ${loads}` +
      `${Math.max(...load) > cores / 2 + 1 ? " (others were at work on the machine: trust ratios and processor times more than times)" : ""}.`,
    `${[...versions].join("; ")}.`,
    ...notes,
  ].join("\n");
}

export function raceReport(result: RaceResult): string {
  const parts = [
    conditions(result),
    `Warm: median time of a step, and as a multiple of ${OURS}'s.`,
    warmTable(result),
    "Processor time of a warm step, of all threads of the process.",
    cpuTable(result),
    "Cold: the first step, and from the start of the process to its end.",
    coldTable(result),
    "Peak memory of the process.",
    memoryTable(result),
  ];
  return `${parts.join("\n\n")}\n`;
}
