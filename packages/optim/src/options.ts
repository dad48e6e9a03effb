import { ArgumentError } from "@tapegrad/core/functions";

/** @throws ArgumentError for what is not in [0, 1). */
export function checkShare(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (value >= 0 && value < 1) continue;
    throw new ArgumentError(name, `${option} is ${value}`, "give a number from 0 to below 1");
  }
}

/** @throws ArgumentError for what is negative or not finite. */
export function checkSize(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (value >= 0 && value < Infinity) continue;
    throw new ArgumentError(name, `${option} is ${value}`, "give a finite number that is 0 or more");
  }
}
