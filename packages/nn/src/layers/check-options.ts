import { ArgumentError, Key } from "@tapegrad/core/functions";

/** @throws ArgumentError where the options have no key. @param call how the layer is made, for messages: `Linear(3, 20`. */
export function checkKey(layer: string, call: string, options: { readonly key?: Key } | undefined): Key {
  if (options?.key instanceof Key) return options.key;
  const example = `new ${call}, { key: key(0) })`;
  throw new ArgumentError(layer, "there is no key to draw the weights from", `give one, as in ${example}`);
}

/** @throws ArgumentError for sizes that are no positive whole numbers. */
export function checkSizes(layer: string, what: string, ...sizes: readonly number[]): void {
  for (const size of sizes) {
    if (Number.isSafeInteger(size) && size > 0) continue;
    throw new ArgumentError(layer, `${size} is no number of ${what}`, "give a whole number above 0");
  }
}

/** @throws ArgumentError for what is neither true nor false. */
export function checkFlag(layer: string, options: Readonly<Record<string, boolean>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "boolean") continue;
    throw new ArgumentError(layer, `${option} is ${String(value)}`, "give true or false");
  }
}

/** @throws ArgumentError for what are no finite numbers. */
export function checkFinite(layer: string, options: object): void {
  for (const [option, value] of Object.entries(options)) {
    if (Number.isFinite(value)) continue;
    throw new ArgumentError(layer, `${option} is ${String(value)}`, "give a finite number");
  }
}

/** @throws ArgumentError for an axis that is no whole number. */
export function checkAxis(layer: string, axis: number): void {
  if (Number.isSafeInteger(axis)) return;
  throw new ArgumentError(layer, `the axis is ${String(axis)}`, "give a whole number, such as -1 for the last axis");
}
