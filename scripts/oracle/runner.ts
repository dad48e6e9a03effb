import type { AnyTensor, Tensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import type { Attrs } from "./schema.ts";

/** An operation of the schema, in terms of ours: all inputs of a case in order, and its attributes. */
export type Runner = (inputs: readonly AnyTensor[], attrs: Attrs) => AnyTensor | readonly AnyTensor[];

export type Runners = Readonly<Record<string, Runner>>;
export type Bool = Tensor<readonly number[], "bool">;

// The tables are of names: that each runner hands over tensors of fitting shapes is the business of the cases.
export type Loose = (...args: unknown[]) => AnyTensor;
export const t = tg as unknown as Record<string, Loose>;

/** An operation of two inputs, by our name. */
export const binary =
  (name: string): Runner =>
  ([x, y]) =>
    t[name]!(x, y);

export const cube = (x: AnyTensor): AnyTensor => tg.power(x, 3);
export const square = tg.square as (x: AnyTensor) => AnyTensor;
export const add = tg.add as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
export const sub = tg.sub as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
export const mul = tg.mul as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
export const div = tg.div as (x: AnyTensor | number, y: AnyTensor | number) => AnyTensor;
export const { sum, mean, exp, log, tanh, sigmoid, relu, softplus, sqrt, log1p, matmul, transpose, slice } =
  tg as unknown as Record<string, Loose>;

export const linear = (x: AnyTensor, w: AnyTensor, b?: AnyTensor): AnyTensor => tg.linear(x, w, b) as AnyTensor;
