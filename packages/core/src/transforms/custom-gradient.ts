import { zerosLike } from "../create.ts";
import { GradientError } from "../errors.ts";
import type { OpDef } from "../op.ts";
import { alias } from "../ops/cast.ts";
import { sum } from "../ops/reduce.ts";
import { sameShape, showShape } from "../shape.ts";
import { innermostWatching, withPaused } from "../tape.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";
import { describe, refusePromise } from "./trees.ts";
import { vmap } from "./vmap.ts";

/** A value, and the pull-back that stands for its derivative. */
export interface WithPullBack {
  readonly value: AnyTensor;
  /** The cotangent of the value to one for each argument: `null` for none. May close over what was computed on the way. */
  readonly pullBack: (cotangent: AnyTensor) => AnyTensor | readonly (AnyTensor | null)[];
}

type Body = (...inputs: readonly AnyTensor[]) => WithPullBack;

interface Custom {
  readonly body: Body;
  readonly pullBack: WithPullBack["pullBack"];
}

const definition: OpDef<Custom> = {
  name: "customGradient",
  infer: (inputs, { body }) => evaluate(body, inputs as readonly AnyTensor[]).value,
  forward: () => {
    throw new GradientError(
      "customGradient",
      "it runs a function of its own, and no kernel",
      "call what customGradient returned",
    );
  },
  reapply: (inputs, { body }) => [run(body, inputs)],
  vjp: ([cotangent], { inputs, attributes }) => cotangentsOf(attributes.pullBack(cotangent!), inputs),
  batch: (inputs, { attributes: { body }, batched }) => run(batchBody(body, batched), inputs),
  samples: [],
};

/** A function of one example, with its pull-back, as one of a batch. The pull-back runs the function again: its values were an example's. */
function batchBody(body: Body, batched: readonly boolean[]): Body {
  const inAxes = batched.map((isBatched) => (isBatched ? 0 : null));
  const valueOf = (...xs: AnyTensor[]): AnyTensor => evaluate(body, xs).value;
  const pulled = (g: AnyTensor, ...xs: AnyTensor[]): AnyTensor[] =>
    cotangentsOf(evaluate(body, xs).pullBack(g), xs).map((cotangent, i) => cotangent ?? zerosLike(xs[i]!));
  return (...xs) => ({
    value: vmap(valueOf, { inAxes })(...xs),
    pullBack: (g) =>
      vmap(pulled, { inAxes: [0, ...inAxes] })(g, ...xs).map((cotangent, i) =>
        batched[i] ? cotangent : (sum(cotangent, 0) as AnyTensor),
      ),
  });
}

/** Runs the function of the user, and checks what it gives. */
function evaluate(body: Body, inputs: readonly AnyTensor[]): WithPullBack {
  const result = body(...inputs);
  refusePromise("customGradient", result);
  if (!isTensor(result?.value) || typeof result.pullBack !== "function") {
    throw new GradientError(
      "customGradient",
      "the function returned no { value, pullBack }",
      "return a tensor and a function of its cotangent",
    );
  }
  return result;
}

/** Runs the function as one entry of the innermost tape that watches an input: tapes outside that one see it as it is written. */
function run(body: Body, inputs: readonly AnyTensor[]): AnyTensor {
  const tape = innermostWatching(inputs);
  if (tape === undefined) return alias(evaluate(body, inputs).value);
  return withPaused(tape, inputs, () => {
    const { value, pullBack } = evaluate(body, inputs);
    const output: AnyTensor = alias(value);
    tape.add({ operation: definition, inputs, outputs: [output], attributes: { body, pullBack } });
    return output;
  });
}

/** What a pull-back gave, checked: a cotangent, or `null`, for each input. */
function cotangentsOf(
  pulled: ReturnType<WithPullBack["pullBack"]>,
  inputs: readonly AnyTensor[],
): readonly (AnyTensor | null)[] {
  const all = isTensor(pulled) ? [pulled] : pulled;
  if (!Array.isArray(all) || all.length !== inputs.length) {
    const found = Array.isArray(all) ? `${all.length} cotangents` : describe(all);
    throw new GradientError(
      "customGradient",
      `the pull-back gave ${found} for ${inputs.length} arguments`,
      "give one tensor, or null, per argument",
    );
  }
  all.forEach((given, i) => {
    checkCotangent(given, inputs[i]!, i);
  });
  return all;
}

/** @throws GradientError unless a cotangent is null, or has the shape and dtype of its argument. */
function checkCotangent(given: unknown, { shape, dtype }: AnyTensor, i: number): void {
  if (given === null || (isTensor(given) && sameShape(given.shape, shape) && given.dtype === dtype)) return;
  const found = isTensor(given) ? `${given.dtype} ${showShape(given.shape)}` : describe(given);
  throw new GradientError(
    "customGradient",
    `the pull-back gave ${found} for argument ${i + 1}, which is ${dtype} ${showShape(shape)}`,
    "give a cotangent of the argument's shape and dtype, or null",
  );
}

/**
 * A function with a gradient of its own. The innermost transform uses the given pull-back; transforms outside it
 * differentiate the function and the pull-back as they are written, so that second derivatives are right as well.
 * @param body computes the value, and returns it with a pull-back. What is differentiated must come in as an argument.
 * @throws GradientError when the body returns no value and pull-back, closes over what is being differentiated, or the pull-back gives
 * cotangents that do not fit the arguments.
 * @example
 * // log(1 + eˣ) with a gradient that does not overflow
 * const f = customGradient((x) => ({ value: log(add(exp(x), 1)), pullBack: (g) => mul(g, sigmoid(x)) }));
 * grad((x: Tensor) => f(x))(tensor(0)).item(); // 0.5
 */
export function customGradient<Args extends readonly AnyTensor[]>(
  body: (...inputs: Args) => WithPullBack,
): (...inputs: Args) => AnyTensor {
  return (...inputs) => run(body as unknown as Body, inputs);
}
