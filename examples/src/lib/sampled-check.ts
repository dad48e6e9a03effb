import {
  type AnyTensor,
  cast,
  compile,
  foldIn,
  type Gradient,
  gather,
  grad,
  isFloat,
  isTensor,
  type Key,
  permutation,
  reshape,
  scatterAdd,
  sub,
  type Tensor,
  tensor,
  treeLeaves,
  treeMap,
} from "@tapegrad/core";
import { type ClassicReport, classicCheck } from "@tapegrad/gradcheck";

/** A copy of a model in float64, running statistics too. Paths and structure stay. */
export function inFloat64<Model>(model: Model): Model {
  return treeMap(model, ({ value }) =>
    isTensor(value) && isFloat(value.dtype) ? cast(value as AnyTensor, "float64") : value,
  ) as Model;
}

type Vector = Tensor<readonly [number], "float64">;
type Sampled = Readonly<Record<string, Vector>>;

export interface SampledReport extends ClassicReport {
  /** How many elements were moved. */
  readonly elements: number;
}

/**
 * The classic check of some elements of each parameter, for models with too many to move each of them. The gradient
 * that is judged is the whole one, as training uses it.
 * @param model in float64.
 * @param perParameter how many elements of each parameter.
 */
export function sampledCheck<Model>(
  loss: (model: Model) => AnyTensor,
  model: Model,
  perParameter: number,
  by: Key,
  epsilon: number,
): SampledReport {
  // A tensor that stands at several places moves at all of them.
  const pathOf = new Map<unknown, string>();
  for (const { path, kind, value } of treeLeaves(model)) {
    if (kind === "parameter" && !pathOf.has(value)) pathOf.set(value, path);
  }
  const chosen = new Map(
    [...pathOf].map(([value, path], i) => {
      const all = permutation(foldIn(by, i), (value as AnyTensor).size).data() as Int32Array;
      return [path, tensor(all.slice(0, perParameter))] as const;
    }),
  );
  const sampleOf = (tree: unknown): Sampled => {
    const samples: Record<string, Vector> = {};
    for (const { path, value } of treeLeaves(tree)) {
      const index = chosen.get(path);
      if (index !== undefined) samples[path] = gather(flat(value as AnyTensor), index, 0) as Vector;
    }
    return samples;
  };
  // The model with the chosen elements moved to where the check wants them.
  const moved = (samples: Sampled): Model =>
    treeMap(model, ({ value }) => {
      const path = pathOf.get(value);
      if (path === undefined) return value;
      const index = chosen.get(path)!;
      const all = flat(value as AnyTensor);
      const by = sub(samples[path]!, gather(all, index, 0) as Vector);
      return reshape(scatterAdd(all, index, by, 0) as AnyTensor, (value as AnyTensor).shape);
    }) as Model;

  // Compiled: it is asked for twice for each element.
  const lossAt = compile((samples: Sampled) => loss(moved(samples)));
  const report = classicCheck(lossAt, sampleOf(model), {
    epsilon,
    gradient: sampleOf(grad(loss)(model)) as Gradient<Sampled>,
  });
  return { ...report, elements: [...chosen.values()].reduce((sum, { size }) => sum + size, 0) };
}

const flat = (x: AnyTensor): Vector => reshape(x, [-1]) as AnyTensor as Vector;
