import { type AnyTensor, valueAndGrad } from "@tapegrad/core";
import { type Data, probes } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { staged } from "./mode.ts";
import { floats } from "./tensors.ts";

type Operands = Readonly<Record<string, AnyTensor>>;

/** The value of a function of arrays of the data, and its gradients by them. */
export function gradients(data: Data, names: readonly string[], f: (at: Operands) => AnyTensor): Task {
  const at: Operands = Object.fromEntries(names.map((name) => [name, floats(data, name) as AnyTensor]));
  const gradientAt = staged((x: Operands) => valueAndGrad(f)(x));
  let value = Number.NaN;
  let gradient = at;
  return {
    step: () => {
      const result = gradientAt(at);
      value = result.value.item() as number;
      gradient = result.gradient as Operands;
    },
    read: () => [value, ...names.flatMap((name) => probes(gradient[name]!.data()))],
  };
}
