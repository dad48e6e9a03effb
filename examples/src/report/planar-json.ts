import type { PlanarRun } from "../lib/planar-run.ts";

const finite = (cost: number): number | "inf" => (cost === Infinity ? "inf" : cost);

/** The numbers of a training on the plane; an infinite cost is "inf", for which JSON has no number. */
export const planarJson = ({ trainAccuracy, testAccuracy, costs, finalCost, seconds }: PlanarRun) => ({
  trainAccuracy,
  testAccuracy,
  finalCost: finite(finalCost),
  costs: Object.fromEntries(Object.entries(costs).map(([step, cost]) => [step, finite(cost)])),
  seconds,
});
