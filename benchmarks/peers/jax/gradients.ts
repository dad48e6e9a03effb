import { blockUntilReady, type numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { probes } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { staged } from "./arrays.ts";

/** The value of a function of arrays, and its gradients by the first `count` of them. */
export function gradients(
  operands: readonly np.Array[],
  count: number,
  f: (...operands: np.Array[]) => np.Array,
): Task {
  const run = staged(valueAndGrad(f, { argnums: Array.from({ length: count }, (_, i) => i) }));
  let value = Number.NaN;
  let gradients: np.Array[] = [];
  return {
    step: async () => {
      tree.dispose(gradients);
      const [sum, by] = run(...operands.map(({ ref }) => ref)) as unknown as [np.Array, np.Array[]];
      gradients = by;
      await blockUntilReady(gradients);
      value = sum.item();
    },
    read: () => [value, ...gradients.flatMap((gradient) => probes(gradient.ref.dataSync()))],
  };
}
