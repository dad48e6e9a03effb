import { blockUntilReady, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { Data } from "../../src/race/data.ts";
import type { Task } from "../../src/race/task.ts";
import { type Parameters, parametersOf, staged } from "./arrays.ts";

export type Loss = (parameters: Parameters, x: np.Array, y: np.Array) => np.Array;

/** Full steps of gradient descent; the whole step is one function. */
export function descending(data: Data, lossOf: Loss, x: np.Array, y: np.Array): Task {
  const rate = data.setting("rate");
  const step = staged((p: Parameters, x: np.Array, y: np.Array): [np.Array, Parameters] => {
    const [loss, gradient] = valueAndGrad(lossOf)(tree.ref(p), x, y);
    return [loss, tree.map((w: np.Array, g: np.Array) => w.sub(g.mul(rate)), p, gradient as Parameters)];
  });
  let parameters = parametersOf(data);
  return training(async () => {
    const [loss, next] = step(parameters, x.ref, y.ref);
    parameters = next;
    await blockUntilReady(parameters);
    return loss.item();
  });
}

interface Moments {
  readonly p: Parameters;
  readonly m: Parameters;
  readonly v: Parameters;
}

/** Full steps of Adam; the corrections of its means are computed outside, so that no step is compiled anew. */
export function adapting(data: Data, lossOf: Loss, x: np.Array, y: np.Array, p: Parameters = parametersOf(data)): Task {
  const rate = data.setting("rate");
  const step = staged(
    ({ p, m, v }: Moments, first: np.Array, second: np.Array, x: np.Array, y: np.Array): [np.Array, Moments] => {
      const [loss, gradient] = valueAndGrad(lossOf)(tree.ref(p), x, y);
      const next: Moments = { p: {}, m: {}, v: {} };
      for (const [name, g] of Object.entries(gradient as Parameters)) {
        const mean = m[name]!.mul(0.9).add(g.ref.mul(0.1));
        const square = v[name]!.mul(0.999).add(g.ref.mul(g).mul(0.001));
        const root = np.sqrt(square.ref.div(second.ref)).add(1e-8);
        next.p[name] = p[name]!.sub(mean.ref.div(first.ref).div(root).mul(rate));
        next.m[name] = mean;
        next.v[name] = square;
      }
      first.dispose();
      second.dispose();
      return [loss, next];
    },
  );
  const zeros = (): Parameters => tree.map((value: np.Array) => np.zeros(value.shape), p);
  let state: Moments = { p, m: zeros(), v: zeros() };
  let count = 0;
  return training(async () => {
    count++;
    const [loss, next] = step(state, np.array(1 - 0.9 ** count), np.array(1 - 0.999 ** count), x.ref, y.ref);
    state = next;
    await blockUntilReady(state);
    return loss.item();
  });
}

function training(step: () => Promise<number>): Task {
  let loss = Number.NaN;
  return {
    step: async () => {
      loss = await step();
    },
    read: () => [loss],
  };
}
