import { add, div, mul, mulStrongZero, sub } from "../../ops/arithmetic.ts";
import { isFinite } from "../../ops/comparison.ts";
import { exp, log, rsqrt } from "../../ops/exponential.ts";
import { max, sum } from "../../ops/reduce.ts";
import { where } from "../../ops/where.ts";
import { sizeOf } from "../../shape.ts";
import type { Entry } from "../../tape.ts";
import type { AnyTensor } from "../../tensor.ts";
import { traceRule } from "../../transforms/trace.ts";
import { type Pass, rewrite } from "./rewrite.ts";

interface Written {
  readonly when: (entry: Entry) => boolean;
  readonly as: (entry: Entry, inputs: readonly AnyTensor[]) => readonly AnyTensor[];
}

const over = [-1, { keepdims: true }] as const;

/** x − max x, the largest taken out if it is finite, as the kernels do. */
function shifted(x: AnyTensor): AnyTensor {
  const top = max(x, ...over) as AnyTensor;
  return sub(x, where(isFinite(top) as never, top, 0));
}

const isAlongLast = ({ inputs: [x], attributes }: Entry): boolean =>
  (attributes as { readonly axis: number }).axis === x!.rank - 1;

/** Along the last axis, as one of one input or of two. */
const alongLast = (f: (x: AnyTensor, y: AnyTensor) => AnyTensor): Written => ({
  when: isAlongLast,
  as: (_, [x, y]) => [f(x!, y!)],
});

type Kept = { readonly from: number; readonly to: number; readonly eps: number };

/** Not rows: they have a kernel that reads them once, and keeps more digits. */
const isSpread = ({ attributes }: Entry): boolean => (attributes as Kept).from > 0;

/** The mean over all axes but those that a standardization keeps. */
function meanOf(x: AnyTensor, { attributes }: Entry): AnyTensor {
  const { from, to } = attributes as Kept;
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis < from || axis >= to);
  return div(sum(x, axes, { keepdims: true }), sizeOf(axes.map((axis) => x.shape[axis]!))) as AnyTensor;
}

/** Operations with kernels of their own, as others that run in one loop with what is around them. */
const written: Readonly<Record<string, Written>> = {
  softmax: alongLast((x) => {
    const powers = exp(shifted(x));
    return div(powers, sum(powers, ...over));
  }),
  logSoftmax: alongLast((x) => {
    const low = shifted(x);
    return sub(low, log(sum(exp(low), ...over)));
  }),
  softmaxJacobian: alongLast((y, v) => mulStrongZero(y, sub(v, sum(mulStrongZero(y, v), ...over)))),
  standardize: {
    when: isSpread,
    as: (entry, [x]) => {
      const centered = sub(x!, meanOf(x!, entry)) as AnyTensor;
      const spread = meanOf(mul(centered, centered) as AnyTensor, entry);
      const scale = rsqrt(add(spread, (entry.attributes as Kept).eps)) as AnyTensor;
      return [mul(centered, scale) as AnyTensor, scale];
    },
  },
  standardizeJacobian: {
    when: isSpread,
    as: (entry, [y, scale, v]) => {
      const along = mulStrongZero(y!, meanOf(mulStrongZero(y!, v!), entry));
      return [mulStrongZero(scale!, sub(sub(v!, meanOf(v!, entry)), along))];
    },
  },
};

/** Writes softmax, batch normalization and their like out, so that they join what they are made of and what uses them. */
export const decompose: Pass = {
  name: "decomposition",
  run: (program) =>
    rewrite(program, (entry) => {
      const found = written[entry.operation.name];
      if (found === undefined || !found.when(entry)) return entry;
      return traceRule((...inputs) => found.as(entry, inputs), entry.inputs);
    }),
};
