import { GradientError } from "../errors.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";
import { opaqueOperation, runOpaque } from "./opaque.ts";
import { refusePromise } from "./trees.ts";

/** A value, and the pull-back that stands for its derivative. */
export interface WithPullBack {
  readonly value: AnyTensor;
  /** The cotangent of the value to one for each argument: `null` for none. May close over what was computed on the way. */
  readonly pullBack: (cotangent: AnyTensor) => AnyTensor | readonly (AnyTensor | null)[];
}

const operation = opaqueOperation("customGradient");

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
  const evaluate = (inputs: readonly AnyTensor[]) => {
    const result = body(...(inputs as Args));
    refusePromise("customGradient", result);
    if (!isTensor(result?.value) || typeof result.pullBack !== "function") {
      throw new GradientError(
        "customGradient",
        "the function returned no { value, pullBack }",
        "return a tensor and a function of its cotangent",
      );
    }
    const { value, pullBack } = result;
    return {
      values: [value],
      pullBack: ([cotangent]: readonly AnyTensor[]) => {
        const pulled = pullBack(cotangent!);
        return isTensor(pulled) ? [pulled] : pulled;
      },
    };
  };
  return (...inputs) => runOpaque(operation, evaluate, inputs)[0]!;
}
