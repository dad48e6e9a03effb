import { ArgumentError } from "../errors.ts";
import type { Kernels } from "./kernels.ts";
import { acceleratedKernels } from "./wasm/index.ts";
import { type Machine, startMachine } from "./wasm/machine.ts";
import { availableThreads } from "./wasm/threads.ts";

let machine: Machine | null | undefined;
let threads: number | undefined;

function automaticMachine(): Machine | null {
  if (machine === undefined) {
    machine = startMachine();
    machine?.tasks.limit(threads ?? availableThreads());
  }
  return machine;
}

/** The machine that compiled programs run on; `null` where there is no WebAssembly. */
export const useMachine: () => Machine | null = automaticMachine;

/** The kernels that operations call: small calls are plain loops, large ones run on a machine, started when the first one comes. */
export let kernels: Kernels = acceleratedKernels(automaticMachine);

/** Replaces the kernels; returns those that were in use. */
export function useKernels(replacement: Kernels): Kernels {
  const before = kernels;
  kernels = replacement;
  return before;
}

/**
 * How many threads large operations use, the calling one included: all that the machine runs at once, if this is not called. Results do not
 * depend on it, to the last bit. Where memory cannot be shared between threads (a page that is not isolated from other origins) it is one.
 * Workers do not keep a process alive.
 * @throws ArgumentError unless the count is a whole number of 1 or more.
 * @example
 * setThreads(1);
 */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError("setThreads", `${count} is no number of threads`, "give a whole number of 1 or more");
  threads = count;
  machine?.tasks.limit(count);
}

/**
 * Which kernels large operations run on, in words: `WebAssembly, fused products, 2 threads`, or `plain loops` where there is no WebAssembly.
 * Threads are those that have started so far.
 * @example
 * kernelsInUse(); // WebAssembly, ...
 */
export function kernelsInUse(): string {
  const own = automaticMachine();
  if (own === null) return "plain loops";
  const { features, tasks } = own;
  const count = tasks.count;
  return `WebAssembly${features.fma ? ", fused products" : ""}, ${count} ${count === 1 ? "thread" : "threads"}`;
}
