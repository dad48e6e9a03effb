import { abstract, isTensor, key, type Tensor, treeMap } from "@tapegrad/core";
import { expect, test } from "vitest";
import {
  accuracy,
  apply,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  Dropout,
  Flatten,
  Linear,
  l1Penalty,
  l2Penalty,
  meanSquaredError,
  Relu,
  Sequential,
  Softmax,
  softmaxCrossEntropy,
} from "../src/index.ts";

// Tracing runs on tensors without values: nothing here may read one.

test("models, losses, penalties and metrics know shapes alone", () => {
  const concrete = new Sequential(
    new Flatten(),
    new Linear(6, 4, { key: key(0) }),
    new Relu(),
    new Dropout(0.5),
    new Linear(4, 3, { key: key(1) }),
  );
  const model = treeMap(concrete, ({ value }) =>
    isTensor(value) ? abstract(value.shape, value.dtype) : value,
  ) as typeof concrete;
  const logits = apply(model, abstract([5, 2, 3], "float32"), { key: key(2) }).output as Tensor;
  expect([logits.isAbstract, logits.shape]).toEqual([true, [5, 3]]);
  const targets = abstract([5, 3], "float32");
  const results = [
    binaryCrossEntropyWithLogits(logits, targets),
    binaryCrossEntropy(logits, targets),
    meanSquaredError(logits, targets),
    softmaxCrossEntropy(logits, abstract([5], "int32")),
    softmaxCrossEntropy(new Softmax().forward(logits), targets),
    l2Penalty(model, 0.1),
    l1Penalty(model, 0.1),
    accuracy(logits, abstract([5], "int32")),
  ];
  for (const result of results) expect([result.isAbstract, result.shape]).toEqual([true, []]);
});
