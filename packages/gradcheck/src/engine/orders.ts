import { foldIn } from "@tapegrad/core";
import { isCovered } from "./coverage.ts";
import { type Examination, type ExamineOptions, examine } from "./examine.ts";
import { checkAccumulation, checkRepeatable } from "./protocol.ts";
import { checkSymmetry, secondOrderOf } from "./second-order.ts";
import { lengthOf, type Subject } from "./subject.ts";

export interface OrdersOptions extends ExamineOptions {
  /** Highest order of derivatives. */
  readonly order: number;
}

/**
 * Examines a function, and at order 2 and above its pull-back in the same way, as a function of the arguments and of the cotangents. Ends at an
 * order that is wrong, or lost in noise: what is made of it says nothing.
 * @param examinations to which those of each order are added: they stay known if the function throws.
 * @throws Thrown what the function throws before anything can be said.
 */
export function examineOrders(subject: Subject, options: OrdersOptions, examinations: Examination[]): void {
  const { order, key, modes, gradient } = options;
  let next = subject;
  for (let at = 1; at <= order; at++) {
    const own = examine(
      next,
      at === 1 ? options : { ...options, key: foldIn(key, at), cotangents: null, gradient: null },
    );
    examinations.push(own);
    const { context, findings } = own;
    if (at === 2 && modes.has("forward") && context.problems.length === 0) {
      checkSymmetry(context, lengthOf(subject.inputs));
    }
    if (context.problems.length > 0 || findings.some(({ wrong }) => wrong !== null)) return;
    if (at === 1) {
      if (gradient !== null || !modes.has("reverse")) checkRepeatable(context);
      else checkAccumulation(context);
    }
    const isKnown = context.problems.length === 0 && findings.some((finding) => isCovered(context, finding));
    if (!isKnown || !modes.has("reverse")) return;
    if (at < order) next = secondOrderOf(own);
  }
}
