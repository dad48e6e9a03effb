import {
  type AnyTensor,
  batchNorm,
  conv2d,
  topk as largest,
  embedding as rowsAt,
  scaledDotProductAttention,
  sort as sorted,
} from "@tapegrad/core";
import { meanSquaredError } from "@tapegrad/nn";
import { sgd } from "@tapegrad/optim";
import { type Data, probes } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";
import { gradients } from "./gradients.ts";
import { staged } from "./mode.ts";
import { floats, labels } from "./tensors.ts";
import type { Training } from "./training.ts";

export function batchNormalization(data: Data): Task {
  const [y, eps] = [floats(data, "y"), data.setting("epsilon")];
  return gradients(data, ["x", "scale", "shift"], ({ x, scale: weight, shift: bias }) =>
    meanSquaredError(batchNorm(x!, { training: true, weight: weight!, bias: bias!, eps }).output as AnyTensor, y),
  );
}

export function attention(data: Data): Task {
  const y = floats(data, "y");
  return gradients(data, ["q", "k", "v"], ({ q, k, v }) =>
    meanSquaredError(scaledDotProductAttention(q!, k!, v!) as AnyTensor, y),
  );
}

export function depthwise(data: Data): Task {
  const y = floats(data, "y");
  const [groups] = data.shape("b") as [number];
  return gradients(data, ["x", "w", "b"], ({ x, w, b }) =>
    meanSquaredError(conv2d(x!, w!, b!, { groups }) as AnyTensor, y),
  );
}

export function embedding(data: Data): Training<{ readonly table: AnyTensor }, [x: AnyTensor, y: AnyTensor]> {
  return {
    model: { table: floats(data, "table") },
    cost: ({ table }, x, y) => meanSquaredError(rowsAt(x, table) as AnyTensor, y),
    inputs: [labels(data, "x"), floats(data, "y")],
    optimizer: sgd({ learningRate: data.setting("rate") }),
  };
}

function ofOne(data: Data, operation: (a: AnyTensor) => AnyTensor): Task {
  const a = floats(data, "a");
  const run = staged(operation);
  let result: AnyTensor = a;
  return {
    step: () => {
      result = run(a);
    },
    read: () => probes(result.data()),
  };
}

export const sort = (data: Data): Task => ofOne(data, (a) => sorted(a)[0] as AnyTensor);
export const topk = (data: Data): Task => ofOne(data, (a) => largest(a, 10)[0] as AnyTensor);
