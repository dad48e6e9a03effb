import { fans, gain, init, type Nonlinearity } from "@tapegrad/nn";
import {
  adam,
  adamw,
  cosine,
  exponentialDecay,
  type Optimizer,
  polynomialDecay,
  type Schedule,
  sgd,
  stepDecay,
} from "@tapegrad/optim";
import type { Attrs } from "./schema.ts";

/** Attributes that the schema spells otherwise; what a case leaves out is left to our defaults. */
function adamOptions({ lr, betas, eps, weight_decay, amsgrad }: Attrs) {
  return {
    learningRate: lr as number,
    ...(betas && { beta1: betas[0] as number, beta2: betas[1] as number }),
    ...(eps !== undefined && { epsilon: eps as number }),
    ...(weight_decay !== undefined && { weightDecay: weight_decay as number }),
    ...(amsgrad !== undefined && { amsgrad: amsgrad as boolean }),
  };
}

type Make<T> = Readonly<Record<string, (attrs: Attrs) => T>>;

/** Optimizers of the schema, by their attributes. */
export const optimizers: Make<Optimizer> = {
  sgd: ({ lr, momentum = 0, dampening = 0, nesterov = false, weight_decay = 0 }) =>
    sgd({ learningRate: lr, momentum, dampening, nesterov, weightDecay: weight_decay }) as unknown as Optimizer,
  adam: (attrs) => adam(adamOptions(attrs)) as unknown as Optimizer,
  adamw: (attrs) => adamw(adamOptions(attrs)) as unknown as Optimizer,
};

/** Schedules of the schema: a step, counted from 0, to its learning rate. */
export const schedules: Make<Schedule> = {
  step: ({ base_lr, step_size, gamma }) => stepDecay(base_lr, step_size, gamma),
  cosine: ({ base_lr, T_max, eta_min = 0 }) => cosine(base_lr, { total: T_max, floor: eta_min }),
  exponential: ({ base_lr, gamma }) => exponentialDecay(base_lr, gamma),
  polynomial: ({ base_lr, total_iters, power }) => polynomialDecay(base_lr, total_iters, power),
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
