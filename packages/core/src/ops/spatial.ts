import { ArgumentError } from "../errors.ts";

// What convolutions and windows share; not part of the public interface.

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/**
 * A number for each of so many axes.
 * @throws ArgumentError unless they are whole and at least `least`.
 */
export function perAxis(operation: string, what: string, value: PerAxis, axes: number, least = 1): readonly number[] {
  const all = typeof value === "number" ? new Array<number>(axes).fill(value) : Array.isArray(value) ? [...value] : [];
  if (all.length !== axes || !all.every((number) => Number.isInteger(number) && number >= least)) {
    const many = axes === 1 ? "" : `, or ${axes} of them`;
    throw new ArgumentError(operation, `${what} is ${written(value)}`, `give a whole number, ${least} or more${many}`);
  }
  return all;
}

const written = (value: unknown): string => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));

/** How many elements a window with holes reaches over. */
export const reach = (size: number, dilation: number): number => (size - 1) * dilation + 1;

/** How many windows fit an axis; 0 or less where none does. */
export function countWindows(length: number, size: number, stride: number, dilation: number): number {
  return Math.floor((length - reach(size, dilation)) / stride) + 1;
}
