import { type AnyTensor, type Shape, type Tensor, tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { expect } from "vitest";
import type { Module } from "../../../src/index.ts";
import { expectClose, fixture, tensorOf, type Values } from "../../fixtures.ts";

type Double = Tensor<Shape, "float64">;

/** A call of a layer of PyTorch, with the paths that its parameters have here. */
interface Reference {
  readonly name: string;
  readonly keyMask: readonly (readonly number[])[];
  readonly causal: boolean;
  readonly normFirst?: boolean;
  readonly parameters: Readonly<Record<string, Values>>;
  readonly inputs: { readonly x: Values; readonly memory?: Values };
  readonly outputs: readonly Values[];
  /** Of the sum of all outputs by `weightedSum`, tensor by tensor. */
  readonly gradients: Readonly<Record<string, Values>>;
}

export const tolerance: { readonly rtol: number; readonly atol: number } = { rtol: 1e-9, atol: 1e-11 };

/** A layer with the parameters of a reference, its inputs and what they give. */
export function referenceOf<M extends Module>(name: string, make: () => M, normFirst?: boolean) {
  const found = fixture<Reference[]>("attention").find((one) => one.name === name && one.normFirst === normFirst)!;
  const { parameters, inputs, outputs, gradients, keyMask, causal } = found;
  const model = treeMap(make(), ({ path }) => tensorOf(parameters[path]!)) as unknown as M;
  const mask = tensor(keyMask.map((row) => row.map(Boolean))) as AnyTensor;
  const [x, memory] = [inputs.x, inputs.memory].map((values) => values && (tensorOf(values) as Double));
  return { model, x: x!, memory: memory ?? x!, outputs, gradients, masks: { keyMask: mask, causal } };
}

/** The gradient of a model and its inputs, path by path. */
export function expectGradients(gradient: unknown, expected: Reference["gradients"]): void {
  const leaves = treeLeaves(gradient).map(({ path, value }) => [path.replace(/^model\./, ""), value] as const);
  expect(leaves.map(([path]) => path).sort()).toEqual(Object.keys(expected).sort());
  for (const [path, value] of leaves) expectClose(value as AnyTensor, expected[path]!, tolerance);
}
