import { add, customGradient, exp, matmul, mul, sum, type Tensor, tanh, tensor } from "@tapegrad/core";
import { assertGradients, checkGradients } from "@tapegrad/gradcheck";

const layer = ({ x, w, b }: { x: Tensor; w: Tensor; b: Tensor }): Tensor => tanh(add(matmul(x, w), b));
const at = { x: tensor([[1, -2, 3]]), w: tensor([[0.5], [1], [-0.2]]), b: tensor([0.1]) };
assertGradients(layer, at, { order: 2 });

const wrong = customGradient((v: Tensor) => ({ value: exp(v), pullBack: (g) => mul(mul(g, exp(v)), 1.001) }));
const report = checkGradients(({ w }) => sum(wrong(w)), at);

report.verdict; // "fail"
report.paths.map(({ path, verdict }) => [path, verdict]); // [["x", "pass"], ["w", "fail"], ["b", "pass"]]
report.paths[1]?.diagnosis; // "it is 1.001 times what it should be"
