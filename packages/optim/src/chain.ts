import { ArgumentError } from "@tapegrad/core/functions";
import type { Optimizer } from "./optimizer.ts";
import type { Hyper } from "./state.ts";
import type { Transformation } from "./transformation.ts";

/**
 * An optimizer with transformations around it, which is an ordinary optimizer: gradients pass from the left to the right,
 * then the parameters that the optimizer makes of them pass from the right to the left. What the transformations go by
 * stands in `state.chain`, and what they keep in `state.slots` under their names.
 * @throws ArgumentError for what is no transformation, or no optimizer at the end.
 * @example
 * const optimizer = chain(clipByValue(1), clipByGlobalNorm(1), ema(0.9), sgd({ learningRate: 0.5 }));
 * const state = optimizer.init({ w: tensor([0, 0]) });
 * state.chain; // [{ name: "clipByValue", limit: 1 }, { name: "clipByGlobalNorm", maxNorm: 1, p: 2 }, { name: "ema", decay: 0.9, debias: true }]
 */
export function chain<H extends Hyper>(
  ...parts: readonly [...transformations: Transformation[], optimizer: Optimizer<H>]
): Optimizer<H> {
  const optimizer = parts.at(-1) as Optimizer<H> | undefined;
  const transformations = parts.slice(0, -1) as Transformation[];
  if (typeof optimizer?.around !== "function")
    throw new ArgumentError("chain", "the last argument is no optimizer", "end with one, as in adam({ ... })");
  transformations.forEach((part, i) => {
    const does = part !== null && typeof part === "object" && (part.before !== undefined || part.after !== undefined);
    if (does && typeof part.name === "string" && typeof part.hyper === "object") return;
    const advice = "give one, as in clipByGlobalNorm(1); the optimizer comes last";
    throw new ArgumentError("chain", `argument ${i} is no transformation`, advice);
  });
  return optimizer.around(transformations);
}
