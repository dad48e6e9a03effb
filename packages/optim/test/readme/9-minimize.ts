import { add, mul, square, sub, sum, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import { lbfgs, minimize } from "@tapegrad/optim";

type Point = { readonly x: Tensor; readonly y: Tensor };
const rosenbrock = ({ x, y }: Point) => sum(add(mul(square(sub(y, square(x))), 100), square(sub(1, x))));
const start: Point = { x: tensor(-1.2, { dtype: "float64" }), y: tensor(1, { dtype: "float64" }) };

const found = minimize(rosenbrock, start, { tolerance: 1e-10 });
found.status; // "converged"
found.steps < 50; // true
Math.abs((found.model.x.item() as number) - 1) < 1e-10; // true

// The same step by step; valueAndGrad may be compiled.
const optimizer = lbfgs({ history: 5 });
const evaluate = valueAndGrad(rosenbrock);
let [model, state] = [start, optimizer.init(start)];
while (state.status === "running") ({ model, state } = optimizer.update(model, evaluate, state));
state.pairs.length; // 5
