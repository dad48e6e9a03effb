import { AnomalyError, detectAnomalies } from "@tapegrad/core";
import type { Context } from "./context.ts";
import { Reverse } from "./references.ts";
import { isAllFinite, Thrown } from "./runs.ts";

/**
 * Reports values that are not finite, by the first operation that made one.
 * @returns whether all are finite.
 */
export function checkFinite(context: Context, what: string, values: Float64Array, again: () => unknown): boolean {
  if (isAllFinite(values)) return true;
  let cause = isAllFinite(context.runs.x) ? "" : ", as the point itself is";
  try {
    detectAnomalies(again)();
  } catch (error) {
    const found = error instanceof Thrown ? error.cause : error;
    if (!(found instanceof AnomalyError)) throw error;
    cause = `: ${found.message}`;
  }
  context.report({ kind: "not finite", message: `${what} is not finite${cause}` });
  return false;
}

/** Whether a function and its gradients are finite where they are checked. */
export function checkAllFinite(context: Context): boolean {
  const { runs, gradients, cotangents } = context;
  if (!checkFinite(context, "the result", runs.values, () => runs.subject.run(runs.tensors))) return false;
  return gradients.every((gradient, i) =>
    checkFinite(context, "the gradient", gradient, () => new Reverse(runs).gradient(cotangents[i]!)),
  );
}
