import { type AnyTensor, add, mul, sum, tanh, valueAndGrad } from "@tapegrad/core";
import { type Data, probes } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { staged } from "./mode.ts";
import { floats } from "./tensors.ts";

interface Operands {
  readonly x: AnyTensor;
  readonly w: AnyTensor;
  readonly b: AnyTensor;
}

const operands = (data: Data): Operands => ({ x: floats(data, "x"), w: floats(data, "w"), b: floats(data, "b") });

const f = ({ x, w, b }: Operands): AnyTensor => sum(mul(tanh(add(mul(x, w), b)), x));

export function elementwise(data: Data): Task {
  const at = operands(data);
  const run = staged(f);
  let value = Number.NaN;
  return {
    step: () => {
      value = run(at).item() as number;
    },
    read: () => [value],
  };
}

export function elementwiseGradients(data: Data): Task {
  const at = operands(data);
  const gradientAt = staged((x: Operands) => valueAndGrad(f)(x));
  let value = Number.NaN;
  let gradient: Operands = at;
  return {
    step: () => {
      const result = gradientAt(at);
      value = result.value.item() as number;
      gradient = result.gradient as Operands;
    },
    read: () => [value, ...[gradient.x, gradient.w, gradient.b].flatMap((g) => probes(g.data()))],
  };
}
