import {
  type AnyTensor,
  cast,
  greater,
  key,
  linear,
  mean,
  mul,
  normal,
  relu,
  softplus,
  sub,
  treeMap,
  valueAndGrad,
} from "@tapegrad/core";
import { assertClose, type Suite } from "../suite.ts";
import { plainStep } from "./circles-plain.ts";

const EXAMPLES = 300;
const RATE = 0.01;
const x = normal(key(1), [EXAMPLES, 2]) as AnyTensor;
const y = cast(greater(normal(key(2), [EXAMPLES, 1]), 0), "float32") as AnyTensor;

const start = {
  w1: normal(key(3), [20, 2]) as AnyTensor,
  b1: normal(key(4), [20], { std: 0.1 }) as AnyTensor,
  w2: normal(key(5), [3, 20], { std: 0.3 }) as AnyTensor,
  b2: normal(key(6), [3], { std: 0.1 }) as AnyTensor,
  w3: normal(key(7), [1, 3], { std: 0.6 }) as AnyTensor,
  b3: normal(key(8), [1], { std: 0.1 }) as AnyTensor,
};
type Parameters = typeof start;

function loss({ w1, b1, w2, b2, w3, b3 }: Parameters): AnyTensor {
  const z = linear(relu(linear(relu(linear(x, w1, b1)), w2, b2)), w3, b3);
  return mean(sub(softplus(z), mul(y, z)));
}
const gradientAt = valueAndGrad(loss);

function step(parameters: Parameters): Parameters {
  const { gradient } = gradientAt(parameters);
  return treeMap(
    parameters,
    ({ value }, g) => sub(value as AnyTensor, mul(g as AnyTensor, RATE)),
    gradient,
  ) as Parameters;
}

const plainStart = Object.fromEntries(
  Object.entries(start).map(([name, value]) => [name, value.data() as Float32Array]),
);
const [plainX, plainY] = [x.data() as Float32Array, y.data() as Float32Array];
const plainNext = plainStep(plainStart, plainX, plainY, RATE);
for (const [name, value] of Object.entries(step(start))) assertClose(name, value, plainNext[name]!);

let ours = start;
let plain = plainStart;

/** The course's network for points in a plane: 2-20-3-1, 300 examples at once, one step of gradient descent. */
export const circles: Suite = {
  name: "circles",
  about: "A whole training step of a network of 2-20-3-1 on 300 examples, float32.",
  workloads: [
    {
      name: "2-20-3-1, 300 examples, full-batch step",
      contestants: [
        {
          name: "tapegrad",
          run: () => {
            ours = step(ours);
          },
        },
        {
          name: "plain loops",
          run: () => {
            plain = plainStep(plain, plainX, plainY, RATE);
          },
        },
      ],
    },
  ],
};
