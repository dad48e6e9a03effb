import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import { serve } from "../src/race/serve.ts";
import type { Tasks } from "../src/race/task.ts";
import { addition, products } from "./tfjs/arithmetic.ts";
import { registerConvolutionGradient } from "./tfjs/convolution-gradient.ts";
import { elementwise, elementwiseGradients } from "./tfjs/elementwise.ts";
import { gru } from "./tfjs/gru.ts";
import { attention, batchNormalization, sort, topk } from "./tfjs/layers.ts";
import { lstm } from "./tfjs/lstm.ts";
import { circles, cnn, mlp } from "./tfjs/networks.ts";
import { transformer } from "./tfjs/transformer.ts";

const tasks: Tasks = {
  ...products,
  elementwise,
  "elementwise-gradients": elementwiseGradients,
  circles,
  mlp,
  cnn,
  lstm,
  gru,
  transformer,
  "batch-norm": batchNormalization,
  "attention-512": attention,
  depthwise: "no gradient of depthwise convolutions on its wasm backend",
  embedding: "no gradient of gather on its wasm backend",
  sort,
  "sort-million": sort,
  topk,
  "add-1": addition,
};

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
registerConvolutionGradient();
await serve(`tfjs ${tf.version_core}, wasm ${version_wasm}`, tasks);
