import { type AnyTensor, add, mul, sum, tanh } from "@tapegrad/core";
import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { gradients } from "./gradients.ts";
import { staged } from "./mode.ts";
import { floats } from "./tensors.ts";

type Operands = Readonly<Record<string, AnyTensor>>;

const f = ({ x, w, b }: Operands): AnyTensor => sum(mul(tanh(add(mul(x!, w!), b!)), x!));

export function elementwise(data: Data): Task {
  const at: Operands = { x: floats(data, "x"), w: floats(data, "w"), b: floats(data, "b") };
  const run = staged(f);
  let value = Number.NaN;
  return {
    step: () => {
      value = run(at).item() as number;
    },
    read: () => [value],
  };
}

export const elementwiseGradients = (data: Data): Task => gradients(data, ["x", "w", "b"], f);
