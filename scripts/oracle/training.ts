import type { AnyTensor, Gradient } from "@tapegrad/core";
import type { Attrs } from "./schema.ts";

type Parameters = readonly AnyTensor[];

/** An optimizer of ours, as the cases use one. */
interface Optimizer {
  readonly init: (model: Parameters) => never;
  readonly update: (
    model: Parameters,
    gradients: Gradient<Parameters>,
    state: never,
  ) => { model: Parameters; state: never };
}

/** Optimizers of the schema, by their attributes. */
export const optimizers: Readonly<Record<string, (attrs: Attrs) => Optimizer>> = {};

/** Schedules of the schema: a step, counted from 0, to its learning rate. */
export const schedules: Readonly<Record<string, (attrs: Attrs) => (step: number) => number>> = {};

/** Numbers that initializers for a shape must have, by the path that the cases use. */
export function initializerNumbers(_shape: readonly number[]): (path: string) => number | undefined {
  return () => undefined;
}
