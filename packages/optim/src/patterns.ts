import { pathMatches } from "@tapegrad/core/functions";

/**
 * Whether a parameter's path is the one that a pattern names, or below it: core's `pathMatches`.
 * @example
 * matches("layers.0", "layers.0.weight"); // true
 * matches("layers.*.bias", "layers.2.bias"); // true
 */
export const matches: (pattern: string, path: string) => boolean = pathMatches;
