import { readFileSync } from "node:fs";
import { init } from "@jax-js/jax";
import { serve } from "../src/race/serve.ts";
import type { Tasks } from "../src/race/task.ts";
import { addition, products } from "./jax/arithmetic.ts";
import { compiles } from "./jax/arrays.ts";
import { elementwise, elementwiseGradients } from "./jax/elementwise.ts";
import { gru } from "./jax/gru.ts";
import { attention, batchNormalization, depthwise, embedding, sort, topk } from "./jax/layers.ts";
import { lstm } from "./jax/lstm.ts";
import { circles, cnn, mlp } from "./jax/networks.ts";
import { transformer } from "./jax/transformer.ts";

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
  depthwise,
  embedding,
  sort,
  "sort-million": sort,
  topk,
  "add-1": addition,
};

await init("wasm");
const manifest = new URL("../package.json", import.meta.resolve("@jax-js/jax"));
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
await serve(`jax-js ${version}, wasm${compiles ? ", jit" : ""}`, tasks);
