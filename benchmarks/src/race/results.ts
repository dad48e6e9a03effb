import { fileURLToPath } from "node:url";

/** Where results are written. */
export const resultsFolder: string = fileURLToPath(new URL("../../results/", import.meta.url));

/** The peer that the others are compared with. */
export const OURS = "tapegrad";
/** The same, with whole steps as programs. */
export const COMPILED = "tapegrad compiled";

/** What was measured of a peer at a workload. Times are milliseconds. */
export interface Measured {
  /** Time of one warm step: the middle of all samples, the quartiles, and the shortest. */
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
  readonly shortest: number;
  /** Processor time of a warm step, of all threads: what a busy machine disturbs least. */
  readonly cpu: number;
  /** Warm steps that were measured. */
  readonly steps: number;
  /** The first step, with data and parameters in place. */
  readonly first: number;
  /** From the start of the process to the end of the first step. */
  readonly firstWithStart: number;
  /** The most memory that the process held, and what of it was there before the first step. */
  readonly peakBytes: number;
  readonly loadedBytes: number;
}

export interface Entry {
  readonly peer: string;
  readonly version: string;
  /** Why there is no measurement: the peer cannot do it, disagrees with the others, or failed. */
  readonly problem?: { readonly kind: "skipped" | "disagrees" | "failed"; readonly text: string };
  readonly measured?: Measured;
}

export interface WorkloadResult {
  readonly name: string;
  readonly title: string;
  readonly flops?: number;
  readonly entries: readonly Entry[];
}

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly avx512: boolean;
  readonly system: string;
  /** Of the last minute, before and after: above 1, others were at work too. */
  readonly load: readonly [number, number];
}

export interface RaceResult {
  /** When it ended, as ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly notes: readonly string[];
  readonly workloads: readonly WorkloadResult[];
}
