/** What an array of a workload is filled with. */
export type Draw =
  /** Normal, `mean` 0 and `std` 1 if not given; float32. */
  | { readonly kind: "normal"; readonly shape: readonly number[]; readonly mean?: number; readonly std?: number }
  /** 0 or 1, as float32. */
  | { readonly kind: "bits"; readonly shape: readonly number[] }
  /** Whole numbers from 0 to before `classes`; int32. */
  | { readonly kind: "labels"; readonly shape: readonly number[]; readonly classes: number };

/** A piece of work that every peer does on the same arrays; the adapters of the peers know it by its name, or that of its task. */
export interface Workload {
  readonly name: string;
  /** The name by which adapters know it, if that is another. */
  readonly task?: string;
  readonly title: string;
  /** Floating-point operations of one step, where a rate in GFLOP/s says something. */
  readonly flops?: number;
  readonly arrays: Readonly<Record<string, Draw>>;
  /** Numbers that a peer needs beside the arrays, such as the learning rate. */
  readonly settings?: Readonly<Record<string, number>>;
  /** How far values of a peer may be from the median of all, relative to the larger of it and 1. */
  readonly tolerance: number;
}
