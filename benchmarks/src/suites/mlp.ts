import { type AnyTensor, foldIn, integers, key, normal, type Tensor, valueAndGrad } from "@tapegrad/core";
import { Linear, Relu, Sequential, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";
import { assertClose, type Suite } from "../suite.ts";
import { plainMlp } from "./mlp-plain.ts";

const BATCH = 128;
const RATE = 0.001;
const seed = key(7);
const x = normal(foldIn(seed, 0), [BATCH, 784]);
const y = integers(foldIn(seed, 1), 0, 10, [BATCH]);

const network = new Sequential(
  new Linear(784, 512, { key: foldIn(seed, 2) }),
  new Relu(),
  new Linear(512, 512, { key: foldIn(seed, 3) }),
  new Relu(),
  new Linear(512, 10, { key: foldIn(seed, 4) }),
);
type Network = typeof network;

const optimizer = adam({ learningRate: RATE });
const lossAt = valueAndGrad(
  (model: Network): Tensor => softmaxCrossEntropy(model.forward(x) as AnyTensor, y as AnyTensor),
);

let model = network;
let state = optimizer.init(model);

function step(): AnyTensor {
  const { value, gradient } = lossAt(model);
  ({ model, state } = optimizer.update(model, gradient, state));
  return value;
}

const weights = network.layers.flatMap((layer) =>
  layer instanceof Linear ? [layer.weight.data(), layer.bias!.data()] : [],
);
const plain = plainMlp(
  [784, 512, 512, 10],
  weights as Float32Array[],
  x.data() as Float32Array,
  y.data() as Int32Array,
  RATE,
);

// Both must take the same first two steps before anything is timed.
for (let i = 0; i < 2; i++) assertClose(`loss of step ${i}`, step(), [plain()], 1e-4);

/** The step that the field's benchmarks use: 784-512-512-10, batch 128, softmax cross-entropy, Adam. */
export const mlp: Suite = {
  name: "mlp",
  about: "A whole training step of 784-512-512-10 on a batch of 128 with Adam, float32.",
  workloads: [
    {
      name: "784-512-512-10, batch 128, Adam step",
      flops: 6 * BATCH * (784 * 512 + 512 * 512 + 512 * 10),
      contestants: [
        { name: "tapegrad", run: step },
        { name: "plain loops", run: plain },
      ],
    },
  ],
};
