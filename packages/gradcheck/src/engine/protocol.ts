import { type AnyTensor, vjp } from "@tapegrad/core";
import type { Problem } from "../gradient-report.ts";
import type { Context } from "./context.ts";
import type { Reverse } from "./references.ts";
import { during, isAllFinite, sameValues } from "./runs.ts";
import { flatten, unflatten } from "./subject.ts";

// What any gradient must keep to, whatever the function: found without a difference quotient.

/** Roundings allowed between two gradients that should be one, of the size of the largest element of each parameter. */
const ROUNDING = 2 ** 12;

/** Pulls the cotangents back, and checks on the way that pulling back is linear, repeatable, and leaves alone what it is given. */
export function pullBackAll(context: Context, reverse: Reverse): void {
  const { runs, cotangents } = context;
  const [weights] = cotangents;
  // A function that writes to its inputs changes with each call, and for that reason.
  if (checkUntouched(context) && !sameValues(reverse.values, runs.values)) context.report(RANDOM);
  const gradient = reverse.gradient(weights!);
  // −2 is exact in floating point, so that nothing but a mistake tells the two apart.
  const scaled = reverse.gradient(weights!.map((w) => -2 * w));
  if (!isAllFinite(gradient)) {
    context.gradients = [gradient];
    return;
  }
  if (sameValues(scaled, gradient) && gradient.some((g) => g !== 0)) {
    context.report({
      kind: "linearity",
      message: "the pull-back ignores its cotangent: it gives the same gradient for −2 times as much",
    });
  } else {
    const wrong = firstApart(
      context,
      gradient.map((g) => -2 * g),
      scaled,
    );
    if (wrong !== -1) {
      context.report({
        kind: "linearity",
        message: `the pull-back is not linear in its cotangent, or keeps something from pass to pass: for −2 times as much the gradient of ${context.nameOf(wrong)} is ${scaled[wrong]}, not ${-2 * gradient[wrong]!}`,
      });
    }
  }
  context.gradients = [gradient, ...cotangents.slice(1).map((other) => reverse.gradient(other))];
  checkUntouched(context);
}

/**
 * @param noise what the derivative along a step of 1 may be off by beyond that, where nothing but rounding is left of it.
 * @returns the first element at which two gradients differ by more than rounding, or −1.
 */
export function firstApart(
  { runs, precision, scales }: Context,
  expected: Float64Array,
  actual: Float64Array,
  roundings: number = ROUNDING,
  noise = 0,
): number {
  for (const { start, size } of runs.subject.inputs) {
    let largest = 0;
    for (let i = start; i < start + size; i++) largest = Math.max(largest, Math.abs(expected[i]!));
    for (let i = start; i < start + size; i++) {
      const allowed = roundings * precision.unit * largest + (noise === 0 ? 0 : noise / scales[i]!);
      if (!(Math.abs(expected[i]! - actual[i]!) <= allowed)) return i;
    }
  }
  return -1;
}

/**
 * Reports a function, or a rule, that wrote to its inputs.
 * @returns whether it did not.
 */
export function checkUntouched(context: Context): boolean {
  if (context.runs.isUntouched) return true;
  context.report({ kind: "mutation", message: "the function or its gradient wrote to an input: return new tensors" });
  return false;
}

/** Reports a function that is not one of its arguments alone. */
export function checkRepeatable(context: Context): void {
  if (!context.runs.isRepeatable()) context.report(RANDOM);
}

const RANDOM: Problem = {
  kind: "randomness",
  message:
    "the function gave other values when it was called again: draw random numbers from a key among its arguments",
};

/** Reports gradients that are not added up where a function is used twice; runs it twice more, which is spared where it is large. */
export function checkAccumulation(context: Context): void {
  const { runs, cotangents, gradients } = context;
  if (context.isLarge || gradients.length === 0) return;
  const twice = during("reverse mode", () => {
    const both = (xs: readonly AnyTensor[]): AnyTensor[] => [...runs.subject.run(xs), ...runs.subject.run(xs)];
    const { pullBack } = vjp(both)(runs.tensors);
    const received = unflatten(cotangents[0]!, runs.outputs);
    return flatten(pullBack([...received, ...received] as never) as unknown as readonly AnyTensor[]);
  });
  const wrong = firstApart(
    context,
    gradients[0]!.map((g) => 2 * g),
    twice,
    // Half of the digits: the sums are made in another order, of terms that may cancel, and what overwrites is wrong by all of a term.
    1 / Math.sqrt(context.precision.unit),
    2 * context.noise.of(cotangents[0]!),
  );
  if (wrong === -1) return;
  context.report({
    kind: "accumulation",
    message: `of the function used twice, the gradient of ${context.nameOf(wrong)} is ${twice[wrong]}, not ${2 * gradients[0]![wrong]!}: a rule overwrites, or keeps something from call to call`,
  });
}
