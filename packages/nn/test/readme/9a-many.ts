import { arange, foldIn, grad, type Key, key, normal, splitKey, type Tensor, valueAndGrad, vmap } from "@tapegrad/core";
import { Linear, meanSquaredError, Relu, Sequential } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";

const x = normal(key(0), [20, 2]);
const y = x.sum(1, { keepdims: true });
const make = (k: Key) => {
  const [a, b] = splitKey(k);
  return new Sequential(new Linear(2, 8, { key: a }), new Relu(), new Linear(8, 1, { key: b }));
};
type Net = ReturnType<typeof make>;

// Three models as one: every tensor has an axis more, and adam moves each element by itself.
let models = vmap((i: Tensor<readonly [], "int32">) => make(foldIn(key(1), i)))(arange(3));
const costs = vmap(valueAndGrad((m: Net) => meanSquaredError(m.forward(x), y)));
const optimizer = adam({ learningRate: 0.01 });
let state = optimizer.init(models);
for (let i = 0; i < 5; i++) {
  const { gradient } = costs(models);
  ({ model: models, state } = optimizer.update(models, gradient, state));
}
models.layers[0].weight.shape; // [3, 8, 2]
costs(models).value.shape; // [3]

// One model, and the gradient of each example by itself.
const one = (m: Net, at: Tensor, wanted: Tensor) => meanSquaredError(m.forward(at), wanted);
const each = vmap(grad(one), { inAxes: [null, 0, 0] })(make(key(2)), x, y);
each.layers[0].weight.shape; // [20, 8, 2]
