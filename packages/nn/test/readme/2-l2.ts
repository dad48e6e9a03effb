import { add, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import { Linear, l2Penalty, meanSquaredError } from "@tapegrad/nn";

const x = tensor([[1], [2]]);
const y = tensor([[0], [0]]);
const model = Linear.of(tensor([[3]]), tensor([5]));

const penalty = (m: typeof model): Tensor<readonly []> => l2Penalty(m, 0.5, { examples: 2 });
penalty(model).item(); // 1.125
const cost = valueAndGrad((m: typeof model) => add(meanSquaredError(m.forward(x), y), penalty(m)));
cost(model).value.item(); // 93.625
valueAndGrad(penalty)(model).gradient.weight.toArray(); // [[0.75]]
valueAndGrad(penalty)(model).gradient.bias!.toArray(); // [0]
