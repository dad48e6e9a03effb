import type { AnyTensor } from "@tapegrad/core";
import { firstDifference, numberDifference } from "./compare.ts";
import { nadamAsPublished } from "./nadam.ts";
import { type Case, toTensor } from "./schema.ts";
import * as table from "./training.ts";

/** Groups whose cases are no functions of tensors: optimizers, schedules, initializers. `null` for an unknown name. */
export const fieldGroups: Readonly<Record<string, (spec: Case) => string | undefined | null>> = {
  optim: checkOptimizer,
  schedule: checkSchedule,
  init: checkInitializer,
};

function checkOptimizer(stored: Case): string | undefined | null {
  if (stored.op === "clip_grad_norm") return checkClipping(stored);
  const spec = stored.op === "nadam" ? nadamAsPublished(stored) : stored;
  const make = table.optimizers[spec.op];
  if (make === undefined) return null;
  let model = spec.params!.map((stored) => toTensor(stored)) as readonly AnyTensor[];
  const optimizer = make(spec.attrs);
  let state = optimizer.init(model);
  for (const [step, stored] of spec.grads_per_step!.entries()) {
    const gradients = stored.map((gradient) => toTensor(gradient));
    ({ model, state } = optimizer.update(model, gradients as never, state));
    for (const [i, expected] of spec.params_after_step![step]!.entries()) {
      const difference = firstDifference(`step ${step}, parameter ${i}`, model[i], expected, spec.tol);
      if (difference) return difference;
    }
  }
  return undefined;
}

function checkClipping(spec: Case): string | undefined {
  const { gradients, norm } = table.clip(
    spec.inputs!.map((stored) => toTensor(stored)),
    spec.attrs,
  );
  for (const [i, stored] of spec.outputs!.entries()) {
    const difference = firstDifference(`gradient ${i}`, gradients[i], stored, spec.tol);
    if (difference) return difference;
  }
  return numberDifference("norm", norm.item(), spec.total_norm!, spec.tol);
}

function checkSchedule(spec: Case): string | undefined | null {
  const make = table.schedules[spec.op];
  if (make === undefined) return null;
  const schedule = make(spec.attrs);
  for (const [step, expected] of spec.lrs!.entries()) {
    const difference = numberDifference(`step ${step}`, schedule(step), expected, spec.tol);
    if (difference) return difference;
  }
  return undefined;
}

function checkInitializer(spec: Case): string | undefined | null {
  const numbers = table.initializerNumbers(spec.attrs.shape as number[]);
  for (const [name, expected] of Object.entries(spec.expected!)) {
    const group = typeof expected === "number" ? { [name]: expected } : expected;
    for (const [key, value] of Object.entries(group)) {
      const path = typeof expected === "number" ? name : `${name}.${key}`;
      const actual = numbers(path);
      if (actual === undefined) return null;
      const difference = numberDifference(path, actual, value, spec.tol);
      if (difference) return difference;
    }
  }
  return undefined;
}
