import { isSystematic } from "./confirm.ts";
import type { Context } from "./context.ts";
import { drawDirection, restricted } from "./directions.ts";
import { dot, tangentOf } from "./references.ts";
import type { Runs } from "./runs.ts";

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
  if (!isSystematic(context, (beside) => product(beside, u, v).value - product(beside, v, u).value)) return;
  context.report({
    kind: "symmetry",
    message: `second derivatives are not symmetric: uᵀHv is ${one.value} and vᵀHu is ${other.value}, for random u and v`,
  });
}
