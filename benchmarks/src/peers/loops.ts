import { serve } from "../race/serve.ts";
import type { Tasks } from "../race/task.ts";
import { addition, products } from "./loops/arithmetic.ts";
import { circles } from "./loops/circles.ts";
import { cnn } from "./loops/cnn.ts";
import { elementwise, elementwiseGradients } from "./loops/elementwise.ts";
import { lstm } from "./loops/lstm.ts";
import { mlp } from "./loops/mlp.ts";
import { transformer } from "./loops/transformer.ts";

const tasks: Tasks = {
  ...products,
  elementwise,
  "elementwise-gradients": elementwiseGradients,
  circles,
  mlp,
  cnn,
  lstm,
  transformer,
  "add-1": addition,
};

await serve("loops written by hand", tasks);
