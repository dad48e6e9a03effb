import { abstract, isTensor, ones, tensor, treeMap } from "@tapegrad/core";
import { expect, test } from "vitest";
import { adamw, clipGradients, type Optimizer, sgd } from "../src/index.ts";

// Tracing runs on tensors without values: an update may not read one.

const optimizers: readonly Optimizer[] = [
  sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
  adamw({ learningRate: 0.1, amsgrad: true }),
];

test.each(optimizers)("$name", (optimizer) => {
  const abstracted = <T>(tree: T): T =>
    treeMap(tree, ({ value }) => (isTensor(value) ? abstract(value.shape, value.dtype) : value)) as T;
  const model = { w: ones([2, 3]), b: ones([3]) };
  const state = optimizer.init(model);
  const scalars = optimizer.scalars(state);
  const common = Object.fromEntries(
    Object.entries(scalars.common).map(([name, value]) => [name, abstracted(tensor(value as number))]),
  );
  const { gradients } = clipGradients(abstracted(model), 1);
  const stepped = optimizer.apply(abstracted(model), gradients, abstracted(state), { common, byPath: {} });
  expect([stepped.model.w.isAbstract, stepped.model.w.shape]).toEqual([true, [2, 3]]);
  for (const slot of Object.values(stepped.slots)) expect(slot.b!.isAbstract).toBe(true);
});
