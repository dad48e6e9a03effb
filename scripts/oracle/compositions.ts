import type { AnyTensor } from "@tapegrad/core";
import * as tg from "@tapegrad/core";
import { softmaxCrossEntropy } from "@tapegrad/nn";
import {
  add,
  cube,
  div,
  exp,
  linear,
  matmul,
  mean,
  mul,
  type Runners,
  relu,
  sigmoid,
  slice,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  t,
  tanh,
  transpose,
} from "./runner.ts";

/** Functions of several operations, and what is to hold for all. */
export const compositions: Runners = {
  "second_order/rosenbrock": ([x]) => {
    const [head, tail] = [slice!(x, [[0, -1]]), slice!(x, [[1, null]])];
    return sum!(add(mul(100, square(sub(tail, square(head)))), square(sub(1, head))));
  },
  "second_order/exp_sin": ([x]) => sum!(exp!(t.sin!(x))),
  "second_order/mlp_gelu_ce": ([x, w1, w2], { targets }) =>
    softmaxCrossEntropy(
      matmul!(t.gelu!(matmul!(x, w1)), w2),
      tg.tensor(targets as number[], { dtype: "int32" }) as AnyTensor,
    ),
  "second_order/conv_tanh_mean": ([x, w]) => mean!(tanh!(t.conv2d!(x, w, null, { padding: 1 }))),
  "second_order/quadratic_form": ([x, a]) => matmul!(x, matmul!(a, x)),
  "second_order/cubic": ([x]) => sum!(cube(x!)),
  "second_order/mlp_tanh_mse": ([x, y, w1, b1, w2, b2]) =>
    mean!(square(sub(linear(tanh!(linear(x!, w1!, b1)), w2!, b2), y!))),
  "second_order/logistic": ([w, x]) => mean!(softplus!(tg.neg(matmul!(x, w)))),
  "second_order/attention_square": ([q, k, v]) =>
    sum!(square(matmul!(t.softmax!(div(matmul!(q, transpose!(k)), Math.SQRT2)), v))),
  "second_order/gradient_penalty": ([x, w]) => {
    const slope = tg.grad((at: AnyTensor) => sum!(tanh!(matmul!(at, w))))(x!);
    return mean!(square(sub(t.norm!(slope, 1), 1)));
  },
  "second_order/matrix_chain": ([a, b, c]) => sum!(square(matmul!(matmul!(a, b), c))),
  "second_order/prod_with_zero": ([x]) => t.prod!(x),
  "second_order/norm": ([x]) => t.norm!(x),
  "second_order/logsumexp": ([x]) => t.logsumexp!(x, 0),
  "second_order/var_over_mean": ([x]) => div(t.variance!(x, null, { correction: 1 }), add(square(mean!(x)), 1)),
  "second_order/relu_mlp": ([x, w1, w2]) => sum!(sigmoid!(matmul!(relu!(matmul!(x, w1)), w2))),
  "second_order/broadcast_div": ([a, b]) => sum!(div(a!, b!)),
  "second_order/pow_both": ([a, b]) => sum!(tg.power(a!, b!)),
  "second_order/layernorm_sum_of_cubes": ([x]) => sum!(cube(standardized(x!, -1))),
  "second_order/batchnorm_tanh": ([x]) => sum!(square(tanh!(standardized(x!, 0)))),

  "hessian/cubic": ([x]) => sum!(cube(x!)),
  "hessian/rosen2": ([x]) => {
    const [a, b] = [slice!(x, [0]), slice!(x, [1])];
    return add(mul(100, square(sub(b, square(a)))), square(sub(1, a)));
  },
  "hessian/softmax_ce": ([x]) => tg.neg(slice!(t.logSoftmax!(x), [1])),
  "hessian/prod": ([x]) => t.prod!(x),
  "hessian/norm": ([x]) => t.norm!(x),
  "hessian/atan2": ([x]) => tg.atan2(slice!(x, [0]), slice!(x, [1])),
  "hessian/sin_outer": ([x]) => sum!(t.sin!(mul(t.expandDims!(x, 1), t.expandDims!(x, 0)))),

  "jacobian/cumsum": ([x]) => t.cumsum!(x),
  "jacobian/softmax": ([x]) => t.softmax!(x),
  "jacobian/layer_norm": ([x]) => standardized(x!, -1),
  "jacobian/sort": ([x]) => tg.sort(x!)[0] as AnyTensor,
  "jacobian/polar": ([x]) => {
    const [r, angle] = [slice!(x, [0]), slice!(x, [1])];
    return tg.concat([t.cos!(angle), t.sin!(angle)].map((side) => t.reshape!(mul(r, side), [1]))) as AnyTensor;
  },
  "jacobian/normalize": ([x]) => div(x!, t.norm!(x)),

  "semantics/reuse": ([x]) => add(mul(x!, x!), x!),
  "semantics/diamond": ([x]) => {
    const a = mul(x!, x!);
    return mul(exp!(a), t.sin!(a));
  },
  "semantics/multi_output_partial": ([x]) => [t.sin!(x), t.cos!(x), tg.stopGradient(x!)],
  "semantics/detach": ([x]) => mul(x!, tg.stopGradient(mul(2, x!))),
  "semantics/unused_input": ([x]) => mul(2, x!),
  "semantics/long_chain_200": ([x]) => {
    let at = x!;
    for (let i = 0; i < 200; i++) at = add(tanh!(mul(at, 1.01)), 0.001);
    return at;
  },
  "semantics/deep_add_fanout": ([x]) =>
    Array.from({ length: 50 }, (_, i) => mul(x!, i + 1)).reduce((a, b) => add(a, b)),
  "semantics/self_matmul": ([x]) => matmul!(matmul!(x, x), x),
  "semantics/self_sub": ([x]) => sub(x!, x!),
  "semantics/self_div": ([x]) => div(x!, x!),
  "semantics/broadcast_self": ([x]) => mul(t.reshape!(x, [3, 1]), t.reshape!(x, [1, 3])),
};

/** (x − mean) / √(variance + 1e-5) along an axis. */
function standardized(x: AnyTensor, axis: number): AnyTensor {
  const centered = sub(x, mean!(x, axis, { keepdims: true }));
  return div(centered, sqrt!(add(t.variance!(x, axis, { keepdims: true }), 1e-5)));
}
