import { type AnyTensor, ArgumentError, type Leaf, pathMatches } from "@tapegrad/core/functions";
import { shown } from "./options.ts";

/** Which parameters: a path, the path of a part, either with `*` for a step, a list of these, or a function. */
export type Match = string | readonly string[] | ((path: string, parameter: AnyTensor) => boolean);

/**
 * Whether a parameter's path is the one that a pattern names, or below it: core's `pathMatches`, of a list of which one has
 * to fit.
 * @example
 * matches("layers.0", "layers.0.weight"); // true
 * matches(["head", "layers.*.bias"], "layers.2.bias"); // true
 */
export function matches(pattern: string | readonly string[], path: string): boolean {
  return typeof pattern === "string" ? pathMatches(pattern, path) : pattern.some((one) => pathMatches(one, path));
}

/** @throws ArgumentError for what names no parameters. */
export function checkMatch(name: string, what: string, match: unknown): asserts match is Match {
  if (typeof match === "string" || typeof match === "function") return;
  if (Array.isArray(match) && match.every((pattern) => typeof pattern === "string")) return;
  const advice = 'give a path, as in "layers.*.bias", a list of them, or a function of the path';
  throw new ArgumentError(name, `${what} is ${shown(match)}`, advice);
}

/** Paths as messages show them: the first few. */
export const listed = (paths: readonly string[]): string =>
  paths.length === 0 ? "none" : `${paths.slice(0, 6).join(", ")}${paths.length > 6 ? ", ..." : ""}`;

/** @throws ArgumentError for a pattern that fits no parameter, as a misspelt one does, listing what there is. */
export function checkFits(name: string, patterns: string | readonly string[], paths: readonly string[]): void {
  for (const pattern of [patterns].flat()) {
    if (paths.some((path) => pathMatches(pattern, path))) continue;
    throw new ArgumentError(name, `"${pattern}" fits no parameter`, `there are ${listed(paths)}`);
  }
}

/** A match as plain data: in place of a function the paths of the parameters that it fits. */
export function resolved(match: Match, parameters: readonly Leaf[]): string | readonly string[] {
  if (typeof match !== "function") return match;
  return parameters.flatMap(({ path, value }) => (match(path, value as AnyTensor) ? [path] : []));
}
