import { type AnyTensor, add, div, tensor, where } from "@tapegrad/core/functions";
import { checkCount } from "./options.ts";
import { checked, mapTensors, type Transformation } from "./transformation.ts";

/**
 * Gradients of n calls for one update, with their mean: a batch n times as large. In the calls between the parameters stay, and
 * `state.pending` says how many gradients wait; `state.step`, and schedules with it, count updates. Give every call
 * gradients of the same parameters. A compiled step is two programs: one that waits, and one that updates.
 * @throws ArgumentError for what is no positive whole number.
 * @example
 * const optimizer = chain(accumulate(2), sgd({ learningRate: 1 }));
 * let model = { w: tensor([0]) };
 * let state = optimizer.init(model);
 * ({ model, state } = optimizer.update(model, { w: tensor([1]) }, state));
 * [state.step, state.pending]; // [0, 1]
 * ({ model, state } = optimizer.update(model, { w: tensor([3]) }, state));
 * model.w.toArray(); // [-2]
 */
export function accumulate(n: number): Transformation<{ readonly n: number }> {
  return checked({
    name: "accumulate",
    hyper: { n },
    check: ({ n }) => checkCount("accumulate", { n }),
    keeps: true,
    scalars: ({ n }, _updates, pending) => ({
      isDue: pending + 1 >= n,
      clears: tensor(pending + 1 >= n, { dtype: "bool" }),
      count: pending + 1,
    }),
    before: (gradients, { kept, scalars }) => {
      const sums = mapTensors(gradients, (g, path): AnyTensor => (kept[path] ? add(kept[path], g) : g));
      const waits = Object.keys(gradients).some((path) => scalars(path).isDue === false);
      if (waits) return { tensors: gradients, kept: sums, waits };
      return {
        tensors: mapTensors(sums, (total, path) => div(total, scalars(path).count as number)),
        // Zeros that are no constant, for a compiled step is to own what is kept; also where the sum is infinite.
        kept: mapTensors(sums, (total, path) => where(scalars(path).clears as AnyTensor, 0, total)),
      };
    },
  });
}
