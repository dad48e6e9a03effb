import { setThreads } from "@tapegrad/core";
import { serve } from "../race/serve.ts";
import type { SetUp, Tasks } from "../race/task.ts";
import { addition, products } from "./tapegrad/arithmetic.ts";
import { cnn } from "./tapegrad/cnn.ts";
import { elementwise, elementwiseGradients } from "./tapegrad/elementwise.ts";
import { attention, batchNormalization, depthwise, embedding, sort, topk } from "./tapegrad/layers.ts";
import { compiles } from "./tapegrad/mode.ts";
import { circles, mlp } from "./tapegrad/perceptron.ts";
import { gru, lstm } from "./tapegrad/recurrent.ts";
import { training } from "./tapegrad/training.ts";
import { transformer } from "./tapegrad/transformer.ts";

const workloads: Tasks = {
  ...products,
  elementwise,
  "elementwise-gradients": elementwiseGradients,
  circles: training(circles),
  mlp: training(mlp),
  cnn: training(cnn),
  lstm: training(lstm),
  gru: training(gru),
  transformer: training(transformer),
  "batch-norm": batchNormalization,
  "attention-512": attention,
  depthwise,
  embedding: training(embedding),
  sort,
  "sort-million": sort,
  topk,
  "add-1": addition,
};

const onThreads =
  (setUp: SetUp): SetUp =>
  (data, threads) => {
    setThreads(threads);
    return setUp(data, threads);
  };
const tasks = Object.entries(workloads).map(([name, setUp]) => [
  name,
  typeof setUp === "string" ? setUp : onThreads(setUp),
]);

await serve(`tapegrad${compiles ? ", compiled" : ""}`, Object.fromEntries(tasks));
