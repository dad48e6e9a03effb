import type { PoolPlan, PoolWindows } from "../kernels/kernels.ts";
import { type Shape, sizeOf } from "../shape.ts";

const WHOLE: PoolWindows = { starts: Int32Array.of(0), ends: Int32Array.of(1), step: 1 };

/** The plan of a pool over the last axes of a shape. */
export function poolPlanOf(shape: Shape, windows: readonly PoolWindows[]): PoolPlan {
  const first = shape.length - windows.length;
  const missing = 3 - windows.length;
  return {
    planes: sizeOf(shape.slice(0, first)),
    input: [...Array<number>(missing).fill(1), ...shape.slice(first)],
    windows: [...Array<PoolWindows>(missing).fill(WHOLE), ...windows] as unknown as PoolPlan["windows"],
  };
}
