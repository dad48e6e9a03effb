import type { AnyTensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import { attention } from "./attention.ts";
import { compositions } from "./compositions.ts";
import { elementwise } from "./elementwise.ts";
import { layers } from "./layers.ts";
import { ofLosses } from "./losses.ts";
import { movement } from "./movement.ts";
import { recurrent } from "./recurrent.ts";
import { reductions } from "./reductions.ts";
import { exp, log, type Runner, type Runners, sigmoid, softplus, sqrt, t, tanh } from "./runner.ts";

/** Each operation of the schema that we have, as `group/name`. */
export const operations: Runners = {
  ...elementwise,
  ...reductions,
  ...movement,
  ...layers,
  ...recurrent,
  ...attention,
  ...ofLosses,
  ...compositions,
};

/** The operation that a step of a random program names without its group. */
export function stepOf(op: string): Runner | undefined {
  const group = ["program", "unary", "binary", "reduce", "shape", "softmax", "matmul"].find(
    (name) => `${name}/${op}` in operations,
  );
  return group === undefined ? undefined : operations[`${group}/${op}`];
}

/** Functions of one number whose derivatives of high order are known. */
export const scalarFunctions: Readonly<Record<string, (x: AnyTensor) => AnyTensor>> = {
  sin: (x) => t.sin!(x),
  atan: (x) => t.atan!(x),
  erf: (x) => t.erf!(x),
  gelu: (x) => t.gelu!(x),
  exp: (x) => exp!(x),
  log: (x) => log!(x),
  sqrt: (x) => sqrt!(x),
  tanh: (x) => tanh!(x),
  sigmoid: (x) => sigmoid!(x),
  softplus: (x) => softplus!(x),
  "x^4": (x) => tg.power(x, 4),
};
