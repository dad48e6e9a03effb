import { markdown, showBytes, showTime } from "../../race/table.ts";
import type { MeasuredWorkload } from "../../suite.ts";

/** Calls of programs that are there. */
export function callsTable({ calls }: Pick<CompileResult, "calls">): string {
  const names = Object.keys(calls[0]?.seconds ?? {});
  return markdown([
    ["", ...names],
    ...calls.map(({ name, seconds }) => [name, ...names.map((who) => showTime(seconds[who]! * 1000))]),
  ]);
}

/** Stages of the first call, in order. */
export const STAGES = ["trace", "passes", "grouping", "plan", "emission", "engine", "first run"] as const;

/** The first call of a compiled step. */
export interface FirstCall {
  /** By stage. */
  readonly milliseconds: Readonly<Record<string, number>>;
  /** Of the second call. */
  readonly second: number;
  readonly moduleBytes: number;
}

/** Peak memory of a process after so many steps. */
export interface MemoryOfSteps {
  readonly steps: number;
  readonly eager: number;
  readonly compiled: number;
}

export interface CompileResult {
  readonly date: string;
  /** Of the last minute, before and after. */
  readonly load: readonly [number, number];
  readonly calls: readonly MeasuredWorkload[];
  readonly first: readonly (FirstCall & { readonly workload: string; readonly eager: number })[];
  readonly memory: readonly MemoryOfSteps[];
}

const total = (times: Readonly<Record<string, number>>): number =>
  Object.values(times).reduce((sum, time) => sum + time, 0);

/** Stages of the first call, what they come to, and the first eager step. */
export const firstCallTable = ({ first }: Pick<CompileResult, "first">): string =>
  markdown([
    ["", ...STAGES, "together", "second call", "module", "first eager step"],
    ...first.map(({ workload, milliseconds, second, moduleBytes, eager }) => [
      workload,
      ...STAGES.map((stage) => showTime(milliseconds[stage] ?? 0)),
      showTime(total(milliseconds)),
      showTime(second),
      `${(moduleBytes / 1024).toFixed(0)} kB`,
      showTime(eager),
    ]),
  ]);

export const memoryOfStepsTable = ({ memory }: Pick<CompileResult, "memory">): string =>
  markdown([
    ["", "tapegrad", "tapegrad compiled"],
    ...memory.map(({ steps, eager, compiled }) => [
      `${steps.toLocaleString("en")} steps`,
      showBytes(eager),
      showBytes(compiled),
    ]),
  ]);
