import { div, mulStrongZero, sub } from "../../ops/arithmetic.ts";
import { isFinite } from "../../ops/comparison.ts";
import { exp, log } from "../../ops/exponential.ts";
import { max, sum } from "../../ops/reduce.ts";
import { where } from "../../ops/where.ts";
import type { Entry } from "../../tape.ts";
import type { AnyTensor } from "../../tensor.ts";
import { traceRule } from "../../transforms/trace.ts";
import { type Pass, rewrite } from "./rewrite.ts";

type Written = (...inputs: AnyTensor[]) => AnyTensor;

const over = [-1, { keepdims: true }] as const;

/** x − max x, the largest taken out if it is finite, as the kernels do. */
function shifted(x: AnyTensor): AnyTensor {
  const top = max(x, ...over) as AnyTensor;
  return sub(x, where(isFinite(top) as never, top, 0));
}

/** Operations with kernels of their own, as others that run in one loop with what is around them. */
const written: Readonly<Record<string, Written>> = {
  softmax: (x) => {
    const powers = exp(shifted(x!));
    return div(powers, sum(powers, ...over));
  },
  logSoftmax: (x) => {
    const low = shifted(x!);
    return sub(low, log(sum(exp(low), ...over)));
  },
  softmaxJacobian: (y, v) => mulStrongZero(y!, sub(v!, sum(mulStrongZero(y!, v!), ...over))),
};

function isAlongLast({ inputs: [x], attributes }: Entry): boolean {
  return (attributes as { readonly axis: number }).axis === x!.rank - 1;
}

/** Writes softmax and its like out, so that they join what they are made of and what uses them. */
export const decompose: Pass = {
  name: "decomposition",
  run: (program) =>
    rewrite(program, (entry) => {
      const f = written[entry.operation.name];
      if (f === undefined || !isAlongLast(entry)) return entry;
      return traceRule((...xs) => [f(...xs)], entry.inputs);
    }),
};
