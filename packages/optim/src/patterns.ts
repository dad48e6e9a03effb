/**
 * Whether a parameter's path is the one that a pattern names, or below it. `*` stands for one step of a path.
 * @example
 * matches("layers.0", "layers.0.weight"); // true
 * matches("layers.*.bias", "layers.2.bias"); // true
 */
export function matches(pattern: string, path: string): boolean {
  if (pattern === "" || pattern === path) return true;
  if (!pattern.includes("*")) return path.startsWith(`${pattern}.`);
  const steps = path.split(".");
  return pattern.split(".").every((part, i) => i < steps.length && (part === "*" || part === steps[i]));
}
