import { type Attrs, type Case, type StoredTensor, toNumber } from "./schema.ts";

type Values = readonly (readonly number[])[];

/** Dozat's formula in plain numbers; PyTorch 1.13 has a μₜ too many in the product up to t + 1. */
function trajectory(spec: Case, extra: boolean): Values[] {
  const attrs: Attrs = spec.attrs;
  const { lr = 2e-3, betas = [0.9, 0.999], eps = 1e-8, weight_decay = 0, momentum_decay = 4e-3 } = attrs;
  const [beta1, beta2] = betas as [number, number];
  const momentum = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay));
  const parameters = spec.params!.map(({ data }) => data.map(toNumber));
  const [means, squares] = [0, 1].map(() => parameters.map((values) => values.map(() => 0))) as [
    number[][],
    number[][],
  ];
  let product = 1;
  return spec.grads_per_step!.map((gradients, step) => {
    const t = step + 1;
    product *= momentum(t);
    const ahead = product * momentum(t + 1) * (extra ? momentum(t) : 1);
    for (const [i, { data }] of gradients.entries()) {
      const [p, m, v] = [parameters[i]!, means[i]!, squares[i]!];
      for (const [j, stored] of data.entries()) {
        const g = toNumber(stored) + weight_decay * p[j]!;
        m[j] = beta1 * m[j]! + (1 - beta1) * g;
        v[j] = beta2 * v[j]! + (1 - beta2) * g * g;
        const step = ((1 - momentum(t)) * g) / (1 - product) + (momentum(t + 1) * m[j]!) / (1 - ahead);
        p[j]! -= (lr * step) / (Math.sqrt(v[j]! / (1 - beta2 ** t)) + eps);
      }
    }
    return parameters.map((values) => [...values]);
  });
}

const tensorsOf = (like: readonly StoredTensor[], values: Values): StoredTensor[] =>
  like.map((stored, i) => ({ ...stored, data: values[i]! }));

/** A case with the paper's numbers, if what it holds is the reference's mistake and nothing else. */
export function nadamAsPublished(spec: Case): Case {
  const { rtol, atol } = spec.tol;
  const mistaken = trajectory(spec, true);
  const isMistake = spec.params_after_step!.every((tensors, step) =>
    tensors.every(({ data }, i) =>
      data.every((stored, j) => {
        const value = toNumber(stored);
        return Math.abs(mistaken[step]![i]![j]! - value) <= atol + rtol * Math.abs(value);
      }),
    ),
  );
  if (!isMistake) return spec;
  const published = trajectory(spec, false);
  return {
    ...spec,
    params_after_step: spec.params_after_step!.map((tensors, step) => tensorsOf(tensors, published[step]!)),
  };
}
