import { ArgumentError, checkOptions } from "@tapegrad/core/functions";

/** A value as messages write it: texts in quotes, so that "0.1" is told from 0.1. */
export const shown = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

/** @throws ArgumentError for what are no options of an optimizer. */
export function checkOptimizerOptions(name: string, options: object, ...own: readonly string[]): void {
  checkOptions(name, options, "learningRate", ...own, "groups", "checkGradients");
}

/** @throws ArgumentError for what is neither true nor false. */
export function checkFlag(name: string, options: Readonly<Record<string, boolean>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "boolean") continue;
    throw new ArgumentError(name, `${option} is ${shown(value)}`, "give true or false");
  }
}

/** @throws ArgumentError for what is not in [0, 1). */
export function checkShare(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "number" && value >= 0 && value < 1) continue;
    throw new ArgumentError(name, `${option} is ${shown(value)}`, "give a number from 0 to below 1");
  }
}

/** @throws ArgumentError for what is negative or not finite. */
export function checkSize(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "number" && value >= 0 && value < Infinity) continue;
    throw new ArgumentError(name, `${option} is ${shown(value)}`, "give a finite number that is 0 or more");
  }
}

/** @throws ArgumentError for what is not above 0; infinity, which limits nothing, is. */
export function checkAbove0(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "number" && value > 0) continue;
    throw new ArgumentError(name, `${option} is ${shown(value)}`, "give a number above 0");
  }
}

/** @throws ArgumentError for what is not above 0, or not finite. */
export function checkPositive(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "number" && value > 0 && value < Infinity) continue;
    throw new ArgumentError(name, `${option} is ${shown(value)}`, "give a finite number above 0");
  }
}

/** @throws ArgumentError for what is no whole number above 0. */
export function checkCount(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new ArgumentError(name, `${option} is ${shown(value)}`, "give a whole number above 0");
  }
}
