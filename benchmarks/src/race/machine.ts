import { cpus, loadavg, release, type } from "node:os";
import { hasAvx512 } from "./peers.ts";
import type { Machine } from "./results.ts";

/**
 * What this runs on.
 * @param before the load when it began.
 */
export const machine = (before: number): Machine => ({
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  avx512: hasAvx512(),
  // Without what a distribution or a host appends to the version.
  system: `${type()} ${release().split("-")[0]}`,
  load: [before, load()],
});

/** Of the last minute. */
export const load = (): number => loadavg()[0]!;
