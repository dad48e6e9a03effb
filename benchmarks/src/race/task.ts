import type { Data } from "./data.ts";

/** A workload, set up by a peer. */
export interface Task {
  /** One step; done when it returns, or when its promise is fulfilled. */
  step(): unknown;
  /** What the last step came to: a loss, or probes of a result. Not timed. */
  read(): readonly number[] | Promise<readonly number[]>;
}

/** How a peer sets up a workload. */
export type SetUp = (data: Data, threads: number) => Task | Promise<Task>;

/** The workloads of a peer by name; a text says why it cannot do one. */
export type Tasks = Readonly<Record<string, SetUp | string>>;
