// Runs in the page: the built packages, as a browser gets them.
import * as core from "@tapegrad/core";
import { Linear, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";

const [first, second, data, classes] = core.splitKey(core.key(1), 4);
const x = core.normal(data, [256, 64]);
const y = core.integers(classes, 0, 10, [256]);
let model = new Sequential(new Linear(64, 512, { key: first }), new Relu(), new Linear(512, 10, { key: second }));
const lossAt = core.valueAndGrad((net) => softmaxCrossEntropy(net.forward(x), y));
const optimizer = adam({ learningRate: 0.01 });
let state = optimizer.init(model);

/** Losses of some steps, as numbers. */
function train(steps) {
  const losses = [];
  for (let i = 0; i < steps; i++) {
    const { value, gradient } = lossAt(model);
    ({ model, state } = optimizer.update(model, gradient, state));
    losses.push(value.item());
  }
  return losses;
}

const losses = train(3);
// Workers start while the page is idle.
await new Promise((resolve) => setTimeout(resolve, 1500));
losses.push(...train(17));
let wasm = true;
try {
  new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
} catch {
  wasm = false;
}
globalThis.report = { losses, wasm, isolated: globalThis.crossOriginIsolated === true, kernels: core.kernelsInUse() };
