import { add, logsumexp, matmul, type Tensor, tanh } from "@tapegrad/core";
import { calls, gradientProperty, models, tapes, tensors } from "@tapegrad/gradcheck/property";
import fc from "fast-check";

const layer = ({ x, w, b }: { x: Tensor; w: Tensor; b: Tensor }): Tensor => tanh(add(matmul(x, w), b));
const points = fc.record({ x: tensors([2, 3]), w: tensors([3, 4]), b: tensors([4]) });
fc.assert(gradientProperty(layer, points), { numRuns: 20 });

fc.assert(gradientProperty(calls(logsumexp)), { numRuns: 20 });
fc.assert(gradientProperty(models({ smooth: true })), { numRuns: 20 });
fc.assert(gradientProperty(tapes()), { numRuns: 20 });
