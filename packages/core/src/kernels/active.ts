import type { Kernels } from "./kernels.ts";
import { reference } from "./reference/index.ts";

/** The kernels that operations call. */
export let kernels: Kernels = reference;

/** Replaces the kernels; returns those that were in use. */
export function useKernels(replacement: Kernels): Kernels {
  const before = kernels;
  kernels = replacement;
  return before;
}
