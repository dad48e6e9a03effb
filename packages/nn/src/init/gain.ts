import { ArgumentError } from "@tapegrad/core/functions";

/** What follows a layer. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

/**
 * The factor by which standard deviations grow to make up for what a nonlinearity takes away, as PyTorch's
 * `calculate_gain` has it: 1, 5/3 for tanh, √2 for relu, √(2 / (1 + slope²)) for leakyRelu, 3/4 for selu.
 * @param slope of leakyRelu below 0.
 * @throws ArgumentError for an unknown name.
 * @example
 * gain("relu"); // 1.4142135623730951
 */
export function gain(nonlinearity: Nonlinearity, slope = 0.01): number {
  switch (nonlinearity) {
    case "linear":
    case "sigmoid":
      return 1;
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leakyRelu":
      return Math.sqrt(2 / (1 + slope ** 2));
    case "selu":
      return 3 / 4;
    default:
      throw new ArgumentError(
        "gain",
        `"${nonlinearity}" is unknown`,
        "use linear, sigmoid, tanh, relu, leakyRelu, selu",
      );
  }
}
