import { useMachine } from "../kernels/active.ts";
import type { Machine } from "../kernels/wasm/machine.ts";
import { passes } from "./passes/index.ts";
import type { Pass } from "./passes/rewrite.ts";

/** How programs are made. Every choice gives the same results: tests compare them. */
export interface Settings {
  /** The machine that programs run on; `null` where there is no WebAssembly. */
  readonly machine: () => Machine | null;
  /** What is done to a tape, in order. */
  readonly passes: readonly Pass[];
  /** How many entries run in one loop at most, whose values must find a register; with 0 each runs by itself. */
  readonly mostTogether: number;
}

export let settings: Settings = { machine: useMachine, passes, mostTogether: 60 };

/** Changes some settings, for programs that are made from now on; returns those before. */
export function useSettings(changes: Partial<Settings>): Settings {
  const before = settings;
  settings = { ...settings, ...changes };
  return before;
}
