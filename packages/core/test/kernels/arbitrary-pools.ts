import fc from "fast-check";
import type { PoolPlan, PoolWindows } from "../../src/kernels/kernels.ts";

/** Windows at even distances, cut off at the ends of the axis, and others anywhere. */
const windowsOf = (length: number): fc.Arbitrary<PoolWindows> => {
  const sliding = fc
    .record({
      size: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      step: fc.integer({ min: 1, max: 2 }),
      before: fc.integer({ min: 0, max: 1 }),
    })
    .map(({ size, stride, step, before }) => {
      const all: number[][] = [];
      for (let from = -before; from < length; from += stride) {
        const inside = Array.from({ length: size }, (_, k) => from + k * step).filter((p) => p >= 0 && p < length);
        if (inside.length > 0) all.push(inside);
      }
      return {
        starts: Int32Array.from(all, (window) => window[0]!),
        ends: Int32Array.from(all, (window) => window.at(-1)! + 1),
        step,
      };
    });
  const anywhere = fc
    .array(fc.tuple(fc.nat(length - 1), fc.nat(length - 1)), { minLength: 1, maxLength: 5 })
    .map((pairs) => ({
      starts: Int32Array.from(pairs, (pair) => Math.min(...pair)),
      ends: Int32Array.from(pairs, (pair) => Math.max(...pair) + 1),
      step: 1,
    }));
  return fc.oneof({ weight: 3, arbitrary: sliding }, { weight: 1, arbitrary: anywhere });
};

/** Pools of up to three axes, the last of them long enough for vectors. */
export const poolPlans: fc.Arbitrary<PoolPlan> = fc
  .tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 21 }),
  )
  .chain(([planes, ...input]) =>
    fc
      .tuple(windowsOf(input[0]), windowsOf(input[1]), windowsOf(input[2]))
      .map((windows) => ({ planes, input, windows })),
  );
