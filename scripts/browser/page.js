// Runs in the page: the built packages, as a browser gets them.
import * as core from "@tapegrad/core";
import { Linear, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam, trainingStep } from "@tapegrad/optim";

const [first, second, data, classes] = core.splitKey(core.key(1), 4);
const x = core.normal(data, [256, 64]);
const y = core.integers(classes, 0, 10, [256]);
let model = new Sequential(new Linear(64, 512, { key: first }), new Relu(), new Linear(512, 10, { key: second }));
const start = core.snapshot(model);
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

/** The same by a compiled step. */
function trainCompiled(steps) {
  const step = trainingStep((net, inputs) => softmaxCrossEntropy(net.forward(inputs), y), optimizer);
  let now = { model: start, state: optimizer.init(start) };
  return Array.from({ length: steps }, () => {
    now = step(now.model, now.state, x);
    return now.value.item();
  });
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
globalThis.report = {
  losses,
  compiled: trainCompiled(20),
  wasm,
  isolated: globalThis.crossOriginIsolated === true,
  kernels: core.kernelsInUse(),
};
