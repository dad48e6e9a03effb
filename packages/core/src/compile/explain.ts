import { tapeCost } from "../cost.ts";
import type { Built } from "./build.ts";
import type { Way } from "./lowering.ts";
import type { PassReport } from "./passes/index.ts";

/** One unit of a program: entries that run together. */
export interface ExplainedUnit {
  readonly way: Way;
  readonly operations: readonly string[];
  readonly flops: number;
}

/** What a compiled program does. */
export interface Explanation {
  /** Operations that are left after the passes. */
  readonly entries: number;
  readonly passes: readonly PassReport[];
  readonly units: readonly ExplainedUnit[];
  readonly flops: number;
  /** Bytes of the memory that values share. */
  readonly arenaBytes: number;
}

export function explain({ program, passes, units, bytes }: Built): Explanation {
  const cost = tapeCost(program);
  const flopsOf = new Map(cost.entries.map(({ entry, flops }) => [entry, flops]));
  return {
    entries: program.entries.length,
    passes,
    units: units.map(({ way, entries }) => ({
      way,
      operations: entries.map(({ operation: { name } }) => name),
      flops: entries.reduce((sum, entry) => sum + (flopsOf.get(entry) ?? 0), 0),
    })),
    flops: cost.flops,
    arenaBytes: bytes,
  };
}

export function printExplanation({ entries, passes, units, flops, arenaBytes }: Explanation): string {
  const lines = [
    `${entries} operations in ${units.length} units, ${flops} FLOPs, ${arenaBytes} bytes of memory`,
    ...passes.map(({ name, before, after }) => `pass ${name}: ${before} -> ${after}`),
    ...units.map(({ way, operations, flops: own }, i) => `${i} ${way} ${operations.join(" ")} (${own} FLOPs)`),
  ];
  return lines.join("\n");
}
