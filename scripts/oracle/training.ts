import { fans, gain, init, type Nonlinearity } from "@tapegrad/nn";
import {
  adadelta,
  adagrad,
  adam,
  adamax,
  adamw,
  type Clipped,
  chain,
  clipGradients,
  cosine,
  cosineRestarts,
  exponentialDecay,
  linear,
  maximize,
  multistepDecay,
  nadam,
  type Optimizer,
  oneCycle,
  polynomialDecay,
  radam,
  rmsprop,
  rprop,
  type Schedule,
  sgd,
  stepDecay,
} from "@tapegrad/optim";
import { type Attrs, toNumber } from "./schema.ts";

/** What the schema calls otherwise. Where a case leaves something out, our default is to be the reference's. */
const names: Readonly<Record<string, string>> = {
  alpha: "alpha",
  amsgrad: "amsgrad",
  centered: "centered",
  dampening: "dampening",
  eps: "epsilon",
  initial_accumulator_value: "initialAccumulator",
  lr: "learningRate",
  lr_decay: "rateDecay",
  momentum: "momentum",
  momentum_decay: "momentumDecay",
  nesterov: "nesterov",
  rho: "rho",
  weight_decay: "weightDecay",
};
/** Pairs, and the two that each stands for. */
const pairs: Readonly<Record<string, readonly [string, string]>> = {
  betas: ["beta1", "beta2"],
  etas: ["etaMinus", "etaPlus"],
  step_sizes: ["minStep", "maxStep"],
};
/** Attributes that say how it is computed, and `maximize`, which is a transformation here. */
const ignored = new Set(["maximize", "foreach", "capturable", "differentiable", "fused"]);

/** @throws Error for an attribute that is not known, which would otherwise be left out in silence. */
function optionsOf(attrs: Attrs, learningRate: number): Attrs {
  const options: Record<string, unknown> = { learningRate };
  for (const [name, value] of Object.entries(attrs)) {
    if (ignored.has(name)) continue;
    const pair = pairs[name];
    if (pair) [options[pair[0]], options[pair[1]]] = value;
    else if (names[name]) options[names[name]] = value;
    else throw new Error(`no option for the attribute ${name}`);
  }
  return options;
}

type Make<T> = Readonly<Record<string, (attrs: Attrs) => T>>;

/** An optimizer by the attributes of the schema. */
const maker =
  (make: (options: never) => unknown, learningRate: number) =>
  (attrs: Attrs): Optimizer => {
    const optimizer = make(optionsOf(attrs, learningRate) as never) as Optimizer;
    return attrs.maximize ? chain(maximize(), optimizer) : optimizer;
  };

/** Optimizers of the schema, with the learning rates that they have there if none is given. */
export const optimizers: Make<Optimizer> = {
  adadelta: maker(adadelta, 1),
  adagrad: maker(adagrad, 0.01),
  adam: maker(adam, 1e-3),
  adamax: maker(adamax, 2e-3),
  adamw: maker(adamw, 1e-3),
  nadam: maker(nadam, 2e-3),
  radam: maker(radam, 1e-3),
  rmsprop: maker(rmsprop, 0.01),
  rprop: maker(rprop, 0.01),
  sgd: maker(sgd, 1e-3),
};

/** Gradients clipped by their joint norm. */
export const clip = <G>(gradients: G, { max_norm, norm_type = 2 }: Attrs): Clipped<G> =>
  clipGradients(gradients, max_norm, { p: toNumber(norm_type) });

/** Schedules of the schema: a step, counted from 0, to its learning rate. */
export const schedules: Make<Schedule> = {
  step: ({ base_lr, step_size, gamma = 0.1 }) => stepDecay(base_lr, step_size, gamma),
  multistep: ({ base_lr, milestones, gamma = 0.1 }) => multistepDecay(base_lr, milestones, gamma),
  constant: ({ base_lr, factor = 1 / 3, total_iters = 5 }) =>
    multistepDecay(base_lr * factor, [total_iters], 1 / factor),
  linear: ({ base_lr, start_factor = 1 / 3, end_factor = 1, total_iters = 5 }) =>
    linear(base_lr * start_factor, base_lr * end_factor, total_iters),
  // There the cosine rises again after T_max.
  cosine: ({ base_lr, T_max, eta_min = 0 }) => {
    const falling = cosine(base_lr, { total: T_max, floor: eta_min });
    return (step) => falling(T_max - Math.abs((step % (2 * T_max)) - T_max));
  },
  cosine_restarts: ({ base_lr, T_0, T_mult = 1, eta_min = 0 }) =>
    cosineRestarts(base_lr, { period: T_0, growth: T_mult, floor: eta_min }),
  exponential: ({ base_lr, gamma }) => exponentialDecay(base_lr, gamma),
  polynomial: ({ base_lr, total_iters = 5, power = 1 }) => polynomialDecay(base_lr, total_iters, power),
  one_cycle: ({ max_lr, total_steps, epochs, steps_per_epoch, pct_start, div_factor, final_div_factor, ...others }) =>
    oneCycle(max_lr, {
      total: total_steps ?? epochs * steps_per_epoch,
      ...(pct_start !== undefined && { rise: pct_start }),
      ...(div_factor !== undefined && { divisor: div_factor }),
      ...(final_div_factor !== undefined && { finalDivisor: final_div_factor }),
      anneal: (others.anneal_strategy ?? others.anneal) === "linear" ? "linear" : "cosine",
      threePhase: others.three_phase ?? false,
    }),
};

const nonlinearities: Readonly<Record<string, Nonlinearity>> = {
  linear: "linear",
  relu: "relu",
  tanh: "tanh",
  sigmoid: "sigmoid",
  selu: "selu",
  leaky_relu: "leakyRelu",
};

/** Numbers that initializers for a shape must have, by the path that the cases use. */
export function initializerNumbers(shape: readonly number[]): (path: string) => number | undefined {
  return (path) => {
    const [group, name] = path.split(".") as [string, string | undefined];
    const nonlinearity = nonlinearities[group];
    if (name !== undefined && nonlinearity !== undefined) return numberFor(shape, nonlinearity, name);
    if (path === "fan_in") return fans(shape).fanIn;
    if (path === "fan_out") return fans(shape).fanOut;
    if (path === "lecun_std") return init.lecunStd(shape);
    return path === "leaky_relu_0.2_gain" ? gain("leakyRelu", 0.2) : undefined;
  };
}

function numberFor(shape: readonly number[], nonlinearity: Nonlinearity, name: string): number | undefined {
  const numbers: Record<string, () => number> = {
    gain: () => gain(nonlinearity),
    kaiming_fan_in_std: () => init.heStd(shape, { nonlinearity }),
    kaiming_fan_out_std: () => init.heStd(shape, { nonlinearity, mode: "fanOut" }),
    kaiming_fan_in_bound: () => init.heBound(shape, { nonlinearity }),
    xavier_std: () => init.glorotStd(shape, { nonlinearity }),
    xavier_bound: () => init.glorotBound(shape, { nonlinearity }),
  };
  return numbers[name]?.();
}
