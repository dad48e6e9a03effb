/**
 * What the race says to the process of a peer, one line of JSON each, and what it answers. The first line comes from the
 * peer, unasked: `Ready`.
 */
export type Command =
  | { readonly command: "load"; readonly workload: string; readonly data: string; readonly threads: number }
  /** One step, and the values that it came to. */
  | { readonly command: "verify" }
  /** So many samples of so many steps. */
  | { readonly command: "run"; readonly samples: number; readonly steps: number }
  | { readonly command: "quit" };

export interface Ready {
  /** Version of the library and of what runs it. */
  readonly version: string;
}

/** What a peer answers to `load`; `skipped` says why it cannot do the workload. */
export type Loaded = { readonly loaded: true; readonly peakBytes: number } | { readonly skipped: string };

export interface Verified {
  /** `null` where a value is not finite: JSON has no word for it. */
  readonly values: readonly (number | null)[];
  /** Time of the step, without the reading of values. */
  readonly milliseconds: number;
}

export interface Ran {
  /** Time of a step, for each sample. */
  readonly milliseconds: readonly number[];
  /** Processor time of a step, of all threads of the process. */
  readonly cpuMilliseconds: number;
  /** The most memory that the process has held so far. */
  readonly peakBytes: number;
}

export interface Ended {
  /** The most memory that the process has held. */
  readonly peakBytes: number;
}

export interface Failed {
  readonly error: string;
}

export type Reply<C extends Command["command"]> =
  | Failed
  | { readonly load: Loaded; readonly verify: Verified; readonly run: Ran; readonly quit: Ended }[C];
