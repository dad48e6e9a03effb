import type { AnyTensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import { add, binary, linear, matmul, mul, type Runner, type Runners, t } from "./runner.ts";
import { toNumber } from "./schema.ts";

const reduction =
  (name: string): Runner =>
  ([x], { axis, keepdims, ...rest }) =>
    t[name]!(x, axis, { keepdims, ...rest });

/** One line for each operation along axes, and each product of matrices. */
export const reductions: Runners = {
  "reduce/sum": reduction("sum"),
  "reduce/mean": reduction("mean"),
  "reduce/amax": reduction("max"),
  "reduce/amin": reduction("min"),
  "reduce/var": reduction("variance"),
  "reduce/logsumexp": reduction("logsumexp"),
  "reduce/argmax": reduction("argmax"),
  "reduce/argmin": reduction("argmin"),
  "reduce/prod": reduction("prod"),
  "reduce/std": reduction("std"),
  "reduce/norm": ([x], { axis, keepdims, p }) => t.norm!(x, axis, { keepdims, p: toNumber(p) }),
  "reduce/max_dim": ([x], { axis, keepdims }) => maxWithIndices(x!, axis, keepdims),

  "scan/cumsum": ([x], { axis }) => t.cumsum!(x, axis),
  "scan/cumprod": ([x], { axis }) => t.cumprod!(x, axis),
  "scan/logcumsumexp": ([x], { axis }) => t.logcumsumexp!(x, axis),
  "scan/cummax": ([x], { axis }) => tg.cummax(x!, axis),

  "softmax/softmax": ([x], { axis }) => t.softmax!(x, axis),
  "softmax/log_softmax": ([x], { axis }) => t.logSoftmax!(x, axis),

  "sort/median": ([x], { axis = null, keepdims = false }) => t.median!(x, axis, { keepdims }),
  "sort/sort": ([x], { axis, descending }) => tg.sort(x!, axis, { descending }),
  "sort/topk": ([x], { k, axis = -1, largest = true }) => tg.topk(x!, k, axis, { smallest: !largest }),

  "matmul/matmul": binary("matmul"),
  "matmul/bmm": binary("matmul"),
  "matmul/linear": ([x, w, b]) => linear(x!, w!, b),
  "matmul/addmm": ([c, a, b], { beta, alpha }) => add(mul(c!, beta), mul(matmul!(a, b), alpha)),
  "matmul/outer": ([a, b]) => mul(t.expandDims!(a, 1), t.expandDims!(b, 0)),
  "matmul/einsum": (xs, { equation }) => tg.einsum(equation, ...xs),

  "linalg/solve": ([a, b]) => tg.solve(a!, b!),
  "linalg/inverse": ([a]) => tg.inverse(a!),
  "linalg/cholesky": ([a]) => tg.cholesky(a!),
  "linalg/det": ([a]) => tg.det(a!),
  "linalg/slogdet": ([a]) => tg.slogdet(a!),
  "linalg/matrix_power": ([a], { n }) => tg.matrixPower(a!, n),
  "linalg/trace": ([x]) => tg.trace(x!),
};

/** The largest along an axis, and where it is: the first of several takes the whole gradient. */
function maxWithIndices(x: AnyTensor, axis: number, keepdims = false): readonly AnyTensor[] {
  const indices = t.argmax!(x, axis, { keepdims: true });
  const values = t.gather!(x, indices, axis);
  return keepdims ? [values, indices] : [t.squeeze!(values, axis), t.squeeze!(indices, axis)];
}
