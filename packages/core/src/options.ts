import { ArgumentError } from "./errors.ts";

/**
 * Refuses what would be lost in silence: a misspelled option, or a value where options belong.
 * @throws ArgumentError for options that are no object, or have a name that the operation does not know.
 * @example
 * checkOptions("distance", { squared: true }, "squared", "axis"); // undefined
 */
export function checkOptions(operation: string, options: object, ...known: readonly string[]): void {
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    throw new ArgumentError(operation, `the options are ${String(options)}`, `give an object of ${known.join(", ")}`);
  }
  for (const name in options) {
    if (known.includes(name)) continue;
    // A key, a tensor or a layer in the place of options has fields, too, but they are not what was meant.
    const { constructor } = options;
    if (typeof constructor === "function" && constructor !== Object) {
      const advice = `give an object of ${known.join(", ")}`;
      throw new ArgumentError(operation, `the options are an instance of ${constructor.name}`, advice);
    }
    throw new ArgumentError(operation, `there is no option "${name}"`, `use ${known.join(", ")}`);
  }
}
