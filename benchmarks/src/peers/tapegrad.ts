import { setThreads } from "@tapegrad/core";
import { serve } from "../race/serve.ts";
import type { SetUp, Tasks } from "../race/task.ts";
import { addition, products } from "./tapegrad/arithmetic.ts";
import { circles } from "./tapegrad/circles.ts";
import { cnn } from "./tapegrad/cnn.ts";
import { elementwise, elementwiseGradients } from "./tapegrad/elementwise.ts";
import { mlp } from "./tapegrad/mlp.ts";
import { transformer } from "./tapegrad/transformer.ts";

const workloads: Tasks = {
  ...products,
  elementwise,
  "elementwise-gradients": elementwiseGradients,
  circles,
  mlp,
  cnn,
  transformer,
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

await serve("tapegrad", Object.fromEntries(tasks));
