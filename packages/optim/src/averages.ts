import {
  type AnyTensor,
  ArgumentError,
  add,
  checkOptions,
  div,
  fuse,
  isTensor,
  mul,
  sub,
  treeMap,
} from "@tapegrad/core/functions";
import { checkState } from "./check-state.ts";
import { checkCount, checkFlag, checkShare } from "./options.ts";
import type { Hyper, OptimizerState } from "./state.ts";
import { checked, mapTensors, slotsOfChain, type Transformation } from "./transformation.ts";

type Moving = { readonly decay: number; readonly debias: boolean };
type Sampled = { readonly start: number; readonly every: number };

const moved = fuse(
  (kept: AnyTensor, parameter: AnyTensor, decay: AnyTensor, fresh: AnyTensor): AnyTensor =>
    add(mul(kept, decay), mul(parameter, fresh)),
);
const begun = fuse(
  (kept: AnyTensor, parameter: AnyTensor, first: AnyTensor): AnyTensor => add(kept, mul(parameter, first)),
);
const drawnTo = fuse(
  (kept: AnyTensor, parameter: AnyTensor, weight: AnyTensor): AnyTensor => add(kept, mul(sub(parameter, kept), weight)),
);

/**
 * An exponential moving average of the parameters, e ← decay · e + (1 − decay) p after each update, which `averaged` gives as a
 * model. (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.)
 * @param decay the share that is kept, from 0 to below 1.
 * @param options debias: whether e starts from zeros and is divided by 1 − decayᵗ (the default), so that it is a mean of
 * parameters after updates; it starts from the parameters before the first otherwise.
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = chain(ema(0.999), adam({ learningRate: 0.001 }));
 */
export function ema(decay: number, options: { readonly debias?: boolean } = {}): Transformation<Moving> {
  checkOptions("ema", options, "debias");
  const { debias = true } = options;
  return checked({
    name: "ema",
    hyper: { decay, debias },
    check: ({ decay, debias }) => {
      checkShare("ema", { decay });
      checkFlag("ema", { debias });
    },
    keeps: true,
    scalars: ({ decay, debias }, updates) => ({
      decay,
      fresh: 1 - decay,
      ...(debias ? {} : { first: updates === 1 ? 1 : 0 }),
    }),
    after: (parameters, context) => ({
      tensors: parameters,
      kept: mapTensors(parameters, (parameter, path) => {
        const { decay, fresh, first } = context.scalars(path) as Readonly<Record<string, AnyTensor>>;
        const before = context.kept[path];
        if (before === undefined) return mul(parameter, fresh!) as AnyTensor;
        const from = first === undefined ? before : begun(before, context.parameters[path]!, first);
        return moved(from, parameter, decay!, fresh!);
      }),
    }),
  });
}

/**
 * The mean of the parameters after the updates `start`, `start + every`, ..., counted from 1; `averaged` gives it as a model.
 * (Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018.)
 * @param options start and every: 1 if not given.
 * @throws ArgumentError for what are no positive whole numbers.
 * @example
 * const optimizer = chain(swa({ start: 100, every: 10 }), sgd({ learningRate: 0.1 }));
 */
export function swa(options: Partial<Sampled> = {}): Transformation<Sampled> {
  checkOptions("swa", options, "start", "every");
  const { start = 1, every = 1 } = options;
  return checked({
    name: "swa",
    hyper: { start, every },
    check: ({ start, every }) => checkCount("swa", { start, every }),
    keeps: true,
    scalars: (hyper, updates) => {
      const isSample = updates >= hyper.start && (updates - hyper.start) % hyper.every === 0;
      return { weight: isSample ? 1 / samplesUpTo(updates, hyper) : 0 };
    },
    after: (parameters, { kept, scalars }) => ({
      tensors: parameters,
      kept: mapTensors(parameters, (parameter, path) => {
        const weight = scalars(path).weight as AnyTensor;
        return kept[path] ? drawnTo(kept[path], parameter, weight) : mul(parameter, weight);
      }),
    }),
  });
}

const samplesUpTo = (updates: number, { start, every }: Sampled): number =>
  updates < start ? 0 : Math.floor((updates - start) / every) + 1;

/**
 * The model with the averages that `ema` or `swa` keeps in a state; parameters of which there is none yet stay.
 * @param slot which one, where a chain has several: `ema`, `ema2`, `swa`, ...; the first if not given.
 * @throws ArgumentError for a state without such an average.
 * @example
 * const optimizer = chain(swa(), sgd({ learningRate: 1 }));
 * let model = { w: tensor([0]) };
 * let state = optimizer.init(model);
 * for (let i = 0; i < 3; i++) ({ model, state } = optimizer.update(model, { w: tensor([-1]) }, state));
 * averaged(model, state).w.toArray(); // [2]
 */
export function averaged<M, H extends Hyper>(model: M, state: OptimizerState<H>, slot?: string): M {
  checkState("averaged", state, "call averaged(model, state) with what optimizer.init(model) or an update returned");
  const slots = slotsOfChain(state.chain);
  const isAverage = ({ name }: { name: string }, i: number): boolean =>
    (name === "ema" || name === "swa") && (slot === undefined || slot === slots[i]);
  const index = state.chain.findIndex(isAverage);
  const entry = state.chain[index];
  if (entry === undefined) {
    const found = slot === undefined ? "the state keeps no average" : `the state keeps no average ${slot}`;
    throw new ArgumentError("averaged", found, "make the optimizer by chain(ema(0.999), ...) or chain(swa(), ...)");
  }
  const kept = state.slots[slots[index]!] ?? {};
  const averageOf = (path: string, parameter: AnyTensor): AnyTensor => {
    const updates = state.step - (state.rested[path] ?? 0);
    const average = kept[path];
    if (!isTensor(average)) return parameter;
    if (entry.name === "swa") return samplesUpTo(updates, entry as unknown as Sampled) > 0 ? average : parameter;
    const { decay, debias } = entry as unknown as Moving;
    if (updates === 0) return parameter;
    return debias ? div(average, 1 - decay ** updates) : average;
  };
  return treeMap(model, ({ kind, path, value }) =>
    kind === "parameter" ? averageOf(path, value as AnyTensor) : value,
  ) as M;
}
