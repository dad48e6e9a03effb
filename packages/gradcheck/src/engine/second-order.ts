import { type Beside, isSystematic } from "./confirm.ts";
import type { Context } from "./context.ts";
import { drawDirection, restricted } from "./directions.ts";
import type { Examination } from "./examine.ts";
import { dot, pullBackOf, tangentOf } from "./references.ts";
import type { Runs } from "./runs.ts";
import type { Subject } from "./subject.ts";

/**
 * The pull-back of a function that was examined, at the same point. Where a gradient vanishes nothing but rounding is left of it: it is taken
 * to be as large as the terms that cancelled.
 */
export function secondOrderOf({ context, findings }: Examination): Subject {
  const { runs, cotangents, noise, scales } = context;
  const sizes = new Float64Array(runs.x.length);
  const size = noise.size(cotangents[0]!);
  for (const { block, vanishes } of findings) {
    for (let i = block.start; vanishes && i < block.start + block.size; i++) sizes[i] = size / scales[i]!;
  }
  return { ...pullBackOf(runs.given, runs.outputs, cotangents[0]!), sizes };
}

/** Roundings allowed, in terms of the sizes that are summed. */
const ROUNDINGS = 2 ** 10;

/**
 * Reports a matrix of second derivatives that is not symmetric: uᵀHv and vᵀHu must be one, for the Hessian H of the weighted results.
 * @param context of the pull-back as a function of the point and of the cotangents.
 * @param length how many elements the point has, which come first.
 */
export function checkSymmetry(context: Context, length: number): void {
  const { runs, scales, precision, noise } = context;
  const point = [{ start: 0, size: length }];
  const draw = (): Float64Array => restricted(drawDirection(runs.x, scales, precision, context.nextKey()), point);
  const [u, v] = [draw(), draw()];
  const product = (beside: Pick<Runs, "subject" | "tensors">, a: Float64Array, b: Float64Array) =>
    dot(a.subarray(0, length), tangentOf(beside, b));
  const [one, other] = [product(runs, u, v), product(runs, v, u)];
  const allowed =
    ROUNDINGS * precision.unit * (one.size + other.size) +
    noise.of(u.subarray(0, length)) +
    noise.of(v.subarray(0, length));
  if (!(Math.abs(one.value - other.value) > allowed)) return;
  const apart = ({ runs: beside, near }: Beside): number => {
    const [a, b] = [near(u), near(v)];
    return product(beside, a, b).value - product(beside, b, a).value;
  };
  if (!isSystematic(context, apart)) return;
  context.report({
    kind: "symmetry",
    message: `second derivatives are not symmetric: uᵀHv is ${one.value} and vᵀHu is ${other.value}, for random u and v`,
  });
}
