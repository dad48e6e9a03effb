import {
  ArgumentError,
  DTypeError,
  type Gradient,
  GradientError,
  ones,
  ShapeError,
  type Tensor,
  TreeError,
  tensor,
  valueAndGrad,
} from "@tapegrad/core";
import { Module, ModuleError } from "@tapegrad/nn";
import { describe, expect, test } from "vitest";
import { adam, adamw, sgd } from "../src/index.ts";

type Vector = Tensor<readonly [number], "float64">;
const w = (values: readonly number[]): Vector => tensor(Float64Array.from(values));
const values = (x: Tensor): number[] => Array.from(x.data());

describe("errors", () => {
  const optimizer = sgd({ learningRate: 0.1 });
  const model = { layer: { weight: ones([2, 3]) as Tensor } };
  const update = (weight: unknown): unknown =>
    optimizer.update(model, { layer: { weight } } as Gradient<typeof model>, optimizer.init(model));
  test.each<[string, () => unknown, new (...args: never[]) => Error, RegExp]>([
    [
      "another shape",
      () => update(ones([3, 2])),
      ShapeError,
      /sgd: the gradient of layer.weight is \[3, 2\], the parameter is \[2, 3\]/,
    ],
    [
      "another dtype",
      () => update(ones([2, 3], { dtype: "float64" })),
      DTypeError,
      /layer.weight is float64, the parameter is float32/,
    ],
    [
      "NaN",
      () =>
        update(
          tensor([
            [1, Number.NaN, 1],
            [1, 1, Infinity],
          ]),
        ),
      GradientError,
      /layer.weight has 2 of 6 elements that are NaN or infinite; lower/,
    ],
    [
      "infinities that cancel",
      () =>
        update(
          tensor([
            [Infinity, -Infinity, 1],
            [1, 1, 1],
          ]),
        ),
      GradientError,
      /has 2 of 6/,
    ],
    ["no tensor", () => update(7), GradientError, /the gradient of layer.weight is no tensor/],
    [
      "another structure",
      () => optimizer.update(model, {} as never, optimizer.init(model)),
      TreeError,
      /one has no layer/,
    ],
    ["no parameter", () => optimizer.init({ a: 1 }), TreeError, /sgd: the model has no parameter/],
    ["a negative rate", () => sgd({ learningRate: -1 }), ArgumentError, /sgd: the learning rate is -1/],
    [
      "momentum of 1",
      () => sgd({ learningRate: 1, momentum: 1 }),
      ArgumentError,
      /momentum is 1; give a number from 0/,
    ],
    ["nesterov alone", () => sgd({ learningRate: 1, nesterov: true }), ArgumentError, /nesterov needs a momentum/],
    ["beta1", () => adam({ learningRate: 1, beta1: -0.1 }), ArgumentError, /adam: beta1 is -0.1/],
    ["epsilon", () => adamw({ learningRate: 1, epsilon: Number.NaN }), ArgumentError, /adamw: epsilon is NaN/],
  ])("%s", (_, run, type, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(type);
  });

  test("a model whose private fields updates would miss", () => {
    class Hidden extends Module {
      readonly #weight = ones([2]);
      readonly scale = ones([2]);
      override forward(x: Tensor): Tensor {
        return x.mul(this.#weight).mul(this.scale);
      }
    }
    expect(() => adam({ learningRate: 0.1 }).init(new Hidden())).toThrow(ModuleError);
  });

  test.each<[string, () => unknown, RegExp]>([
    ["no options", () => adam(undefined as never), /^adam: the options are undefined; give an object of learningRate/],
    [
      "no options for sgd",
      () => sgd(undefined as never),
      /^sgd: the options are undefined; give an object of learningR/,
    ],
    ["no options for adamw", () => adamw(undefined as never), /^adamw: the options are undefined/],
    ["a number for options", () => adam(0.1 as never), /^adam: the options are 0.1; give an object of learningRate/],
    [
      "another name",
      () => adam({ lr: 0.1 } as never),
      /^adam: there is no option "lr"; use learningRate, beta1, beta2/,
    ],
    [
      "sgd's option for adam",
      () => adam({ learningRate: 1, momentum: 0.9 } as object as never),
      /no option "momentum"/,
    ],
    ["no rate", () => sgd({} as never), /^sgd: the learning rate is undefined; give/],
    [
      "a text for a rate",
      () => adam({ learningRate: "0.1" as never }),
      /^adam: the learning rate is "0.1"; give a finite/,
    ],
    [
      "a text for a share",
      () => sgd({ learningRate: 1, momentum: "0.9" as never }),
      /^sgd: momentum is "0.9"; give a num/,
    ],
    ["a text for a flag", () => adam({ learningRate: 1, amsgrad: "no" as never }), /^adam: amsgrad is "no"; give true/],
    [
      "another name in a group",
      () => adamw({ learningRate: 1, groups: [{ match: "*", decay: 0 } as never] }),
      /^adamw, groups\[0\]: there is no option "decay"; use match, learningRate, beta1/,
    ],
    [
      "a group without a match",
      () => adamw({ learningRate: 1, groups: [{} as never] }),
      /^adamw, groups\[0\]: match is und/,
    ],
    [
      "no state",
      () => optimizer.update(model, {} as never, undefined as never),
      /^sgd: there is no state; call update\(model, gradients, state\) with what init\(model\)/,
    ],
    [
      "state and gradients swapped",
      () => optimizer.update(model, optimizer.init(model) as never, model as never),
      /^sgd: what was given as the state is none; call update\(model, gradients, state\)/,
    ],
    [
      "the state of another optimizer",
      () => adam({ learningRate: 1 }).update(model, {} as never, optimizer.init(model) as never),
      /^adam: the state is one of sgd; use it with that optimizer, or begin anew/,
    ],
    [
      "the state of a near relation",
      () => adam({ learningRate: 1 }).adapt(model, adamw({ learningRate: 1 }).init(model)),
      /^adam: the state is one of adamw/,
    ],
  ])("%s is an argument that cannot be meant", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ArgumentError);
  });

  test("all that valueAndGrad returned in place of its gradient", () => {
    const result = valueAndGrad((m: typeof model) => m.layer.weight.sum())(model);
    const state = optimizer.init(model);
    expect(() => optimizer.update(model, result as never, state)).toThrow(
      /^sgd: the gradients are all that valueAndGrad returned; pass its .gradient/,
    );
    expect(() => optimizer.update(model, state as never, state)).toThrow(TreeError);
    expect(optimizer.update(model, result.gradient, state).state.step).toBe(1);
    // A model may have parameters of these names.
    const named = { value: w([1]), gradient: w([1]) };
    expect(values(optimizer.update(named, named, optimizer.init(named)).model.gradient)).toEqual([0.9]);
  });

  test("large gradients whose sum overflows are fine", () => {
    expect(() => update(tensor(Array(2).fill(Array(3).fill(3e38)) as number[][]))).not.toThrow();
  });

  test("the check of values can be left out", () => {
    const trusting = sgd({ learningRate: 0.1, checkGradients: false });
    const next = trusting.update(w([1]), w([Number.NaN]), trusting.init(w([1])));
    expect(values(next.model)).toEqual([Number.NaN]);
  });
});
