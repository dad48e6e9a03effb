import {
  type AnyTensor,
  compile,
  type FloatDType,
  foldIn,
  isFloat,
  isTensor,
  type Key,
  key,
  mul,
  stack,
  sub,
  treeLeaves,
  treeMap,
  valueAndGrad,
  vmap,
} from "@tapegrad/core";
import { assertGradients } from "@tapegrad/gradcheck";
import { produce } from "immer";
import { expect } from "vitest";
import { type ApplyOptions, type Module, type Updates, withUpdates } from "../src/index.ts";
import { expectSame, type ModuleCase, run, trainingKey, weightedSum } from "./module-case.ts";

/** How a model runs: in evaluation, and in training. */
const evaluation: ApplyOptions = {};
const training: ApplyOptions = { key: trainingKey };
const modes = [evaluation, training];
const inputKey = key(1);

const hasParameters = (tree: unknown): boolean => treeLeaves(tree).some(({ kind }) => kind === "parameter");

/** Cost, gradients by the model and by its input, and the next values of buffers. */
function differentiate(model: Module, input: unknown, options: ApplyOptions): object {
  const cost = (at: { model: Module; input: unknown }): readonly [AnyTensor, unknown] => {
    const { output, updates } = run(at.model, at.input, options);
    return [weightedSum(output), { output, updates }];
  };
  // A module without parameters may have an input of integers alone: then there is nothing to differentiate.
  const at = { model, input };
  if (!hasParameters(at)) return run(model, input, options);
  return valueAndGrad(cost, { aux: true })(at);
}

/** A step of gradient descent, with new values of buffers. */
function step(model: Module, input: unknown, by: Key): Module {
  const cost = (m: Module): readonly [AnyTensor, Updates] => {
    const { output, updates } = run(m, input, { key: by });
    return [weightedSum(output), updates];
  };
  const { gradient, aux } = valueAndGrad(cost, { aux: true })(model);
  const stepped = treeMap(
    model,
    ({ kind, value }, g) => (kind === "parameter" && g ? sub(value as AnyTensor, mul(g as AnyTensor, 0.125)) : value),
    gradient,
  ) as Module;
  return withUpdates(stepped, aux);
}

const scaled = (value: unknown): unknown =>
  isTensor(value) && isFloat(value.dtype) ? mul(value as AnyTensor, 0.75) : value;

/** The proofs of one case, by what they prove; each throws where it fails. */
export function proofsOf({ make, input }: ModuleCase): Record<string, () => void> {
  const given = (dtype: FloatDType): [Module, unknown] => [make(key(0), dtype), input(inputKey, dtype)];
  return {
    "outputs are finite, and of the dtype of the module": () => {
      for (const dtype of ["float32", "float64"] as const) {
        for (const mode of modes) {
          for (const { value, path } of treeLeaves(run(...given(dtype), mode))) {
            if (!isTensor(value) || !isFloat(value.dtype)) continue;
            expect([path, value.dtype]).toEqual([path, dtype]);
            expect(Array.from(value.data()).every(Number.isFinite), path).toBe(true);
          }
        }
      }
    },
    "compiled it gives the same values and gradients": () => {
      for (const [dtype, mode] of [
        ["float32", training],
        ["float64", evaluation],
      ] as const) {
        const compiled = compile((m: Module, x: unknown, by: Key) => differentiate(m, x, mode.key ? { key: by } : {}));
        expectSame(compiled(...given(dtype), trainingKey), differentiate(...given(dtype), mode));
      }
    },
    "training steps with donation go where eager ones go": () => {
      const compiled = compile(step, { donate: [0] });
      let [eager, x] = given("float32");
      if (!hasParameters(eager)) return;
      let [donated] = given("float32");
      for (let i = 0; i < 2; i++) {
        const by = foldIn(trainingKey, i);
        eager = step(eager, x, by);
        donated = compiled(donated, x, by);
      }
      expectSame(donated, eager);
    },
    "mapped over models and inputs it gives what a loop gives": () => {
      const runs = [0, 1, 2].map((i) => ({ model: make(key(i), "float64"), input: input(key(10 + i), "float64") }));
      const [first, ...others] = runs;
      const stacked = treeMap(
        first!,
        ({ value }, ...beside) => (isTensor(value) ? stack([value, ...(beside as AnyTensor[])]) : value),
        ...others,
      ) as unknown as typeof first;
      for (const mode of modes) {
        const all = (vmap as (f: unknown) => (at: unknown) => unknown)((at: { model: Module; input: unknown }) =>
          run(at.model, at.input, mode),
        )(stacked);
        runs.forEach((one, i) => {
          const ith = treeMap(all, ({ value }) => (value as AnyTensor).slice([i]));
          expectSame(ith, run(one.model, one.input, mode));
        });
      }
    },
    "gradients are right": () => {
      const [model, x] = given("float64");
      if (!hasParameters({ model, x })) return;
      for (const mode of modes) {
        assertGradients(
          (at: { model: Module; x: unknown }) => run(at.model, at.x, mode).output,
          { model, x },
          // Second derivatives where there is more to go wrong, and only once: they take most of the time.
          { order: mode === modes.at(-1) ? 2 : 1 },
        );
      }
    },
    "copies by trees and by immer behave the same": () => {
      const [model, x] = given("float64");
      const mapped = treeMap(model, ({ value }) => scaled(value)) as Module;
      const drafted = produce(model, (draft) => {
        for (const { path, value } of treeLeaves(model)) {
          const names = path.split(".");
          const last = names.pop()!;
          const holder = names.reduce((node, name) => (node as never)[name], draft as unknown);
          (holder as Record<string, unknown>)[last] = scaled(value);
        }
      });
      const copied = Object.assign(Object.create(Object.getPrototypeOf(model)), model) as Module;
      for (const mode of modes) {
        expectSame(run(drafted, x, mode), run(mapped, x, mode));
        expectSame(run(copied, x, mode), run(model, x, mode));
      }
    },
  };
}
