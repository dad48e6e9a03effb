import { matmul, mul, sin, type Tensor, tensor } from "@tapegrad/core";
import { expect } from "vitest";
import "@tapegrad/gradcheck/vitest";

const f = ({ x, w }: { x: Tensor; w: Tensor }): Tensor => sin(matmul(mul(x, x), w));
const at = { x: tensor([[1, 2]], { dtype: "float64" }), w: tensor([[3], [4]], { dtype: "float64" }) };

expect(f).toHaveCorrectGradients(at);
expect(f).toHaveCorrectGradients(at, { order: 2 });
