import { readFileSync } from "node:fs";
import { type Gradient, type Tensor, tensor } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { adam, adamw, type Optimizer, sgd } from "../src/index.ts";

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly id: string;
  readonly op: "sgd" | "adam" | "adamw";
  readonly attrs: {
    readonly lr: number;
    readonly momentum?: number;
    readonly dampening?: number;
    readonly nesterov?: boolean;
    readonly weight_decay?: number;
  };
  readonly params: readonly Values[];
  readonly grads_per_step: readonly (readonly Values[])[];
  readonly params_after_step: readonly (readonly Values[])[];
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("./fixtures/optimizers.json", import.meta.url), "utf8"));
const tensors = (values: readonly Values[]): Tensor[] =>
  values.map(({ shape, data }) => tensor(Float64Array.from(data), { shape }));

function optimizerOf({ op, attrs: { lr, weight_decay, ...others } }: Case): Optimizer {
  const options = { learningRate: lr, ...(weight_decay !== undefined && { weightDecay: weight_decay }), ...others };
  return op === "sgd" ? sgd(options) : op === "adam" ? adam(options) : adamw(options);
}

describe("the numbers of PyTorch", () => {
  test.each(cases)("$id", (testCase) => {
    const optimizer = optimizerOf(testCase);
    let model = tensors(testCase.params);
    let state = optimizer.init(model);
    testCase.grads_per_step.forEach((gradients, step) => {
      ({ model, state } = optimizer.update(model, tensors(gradients) as Gradient<Tensor[]>, state));
      model.forEach((parameter, i) => {
        const expected = testCase.params_after_step[step]![i]!.data;
        Array.from(parameter.data(), (value, j) => expect(Math.abs(value - expected[j]!)).toBeLessThan(1e-12));
      });
    });
    expect(state.step).toBe(testCase.grads_per_step.length);
  });
});
