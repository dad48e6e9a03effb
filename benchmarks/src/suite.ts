import type { AnyTensor } from "@tapegrad/core";

/** One way to do a piece of work. */
export interface Contestant {
  /** `tapegrad`, or what it is set against. */
  readonly name: string;
  readonly run: () => unknown;
}

/** A piece of work, and those who do it; all of them must come to the same values. */
export interface Workload {
  readonly name: string;
  /** Floating-point operations of one run, where a rate in GFLOP/s says something. */
  readonly flops?: number;
  readonly contestants: readonly Contestant[];
}

/** What a workload came to. */
export interface MeasuredWorkload {
  readonly name: string;
  /** Seconds of a run, the median, by contestant. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface Suite {
  readonly name: string;
  readonly about: string;
  readonly workloads: readonly Workload[];
  /** What takes processes of its own: measures, prints, and writes JSON, with what the workloads came to. */
  readonly processes?: (quick: boolean, measured: readonly MeasuredWorkload[]) => Promise<void>;
}

/** @throws Error when two results differ: a benchmark of wrong answers is worth nothing. */
export function assertClose(what: string, ours: AnyTensor, plain: ArrayLike<number>, tolerance = 1e-4): void {
  const values = ours.data();
  for (let i = 0; i < values.length; i++) {
    const [a, b] = [values[i]!, plain[i]!];
    if (!(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)))) throw new Error(`${what}[${i}]: ${a} is not ${b}`);
  }
}
