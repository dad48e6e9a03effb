import { type DType, isFloat, type Storage } from "./dtype.ts";
import type { Shape } from "./shape.ts";

/** At most this many elements are printed. */
const MOST_SHOWN = 1000;
/** An axis longer than this is printed as its ends. */
const LONGEST_AXIS = 10;
/** How many items are printed at each end of a shortened axis: the most that keep within `MOST_SHOWN`. */
const ENDS = [3, 2, 1] as const;
/** A matrix whose text is no longer than this stays on one line. */
const LONGEST_LINE = 24;

const significantDigits = { float32: 6, float64: 8 } as const;
/** Up to here every whole number has a float of its own: below, whole numbers are printed as they are. */
const exactUpTo = { float32: 2 ** 24, float64: 2 ** 53 } as const;
/** Below this, numbers are printed with an exponent. */
const SMALL = 1e-4;

/** One element: whole numbers exactly where the dtype is exact, others rounded, with an exponent if large or small. */
export function showNumber(value: number, dtype: DType): string {
  if (dtype === "bool") return value === 1 ? "true" : "false";
  if (!isFloat(dtype)) return String(value);
  if (Object.is(value, -0)) return "-0";
  const [digits, exact, size] = [significantDigits[dtype], exactUpTo[dtype], Math.abs(value)];
  if (!Number.isFinite(value) || (Number.isInteger(value) && size <= exact)) return String(value);
  if (size > exact || size < SMALL) return shortened(value.toExponential(digits - 1));
  // A number that is not whole keeps a decimal, so that it does not pass for a whole one.
  const whole = Math.trunc(size).toString().length;
  return shortened(value.toPrecision(Math.max(digits, whole + 1)));
}

/** Without zeros at the end of the decimals. */
const shortened = (text: string): string => text.replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");

/** Texts of elements, nested as the axes are; `null` stands for what is left out. */
type Texts = string | null | readonly Texts[];

/**
 * The values of a tensor: a vector or a small matrix on one line, else a line for each row, its elements aligned, and a
 * blank line between matrices. Long axes are printed as their ends, and no more than 1000 elements are printed.
 */
export function showValues(data: Storage, shape: Shape, dtype: DType): string {
  if (data.length === 0) return "[]";
  const items = shownItems(shape);
  const textsAt = (axis: number, offset: number): Texts =>
    axis === shape.length
      ? showNumber(data[offset]!, dtype)
      : items[axis]!.map((item) => (item === null ? null : textsAt(axis + 1, offset * shape[axis]! + item)));
  const texts = textsAt(0, 0);
  const line = write(texts, 0, () => ", ");
  const rank = shape.length;
  if (rank < 2 || line.length <= LONGEST_LINE) return line;
  return write(texts, widest(texts), (axis) => {
    if (axis === rank - 1) return ", ";
    return `,\n${axis === rank - 2 ? "" : "\n"}${" ".repeat(axis + 1)}`;
  });
}

function write(texts: Texts, width: number, between: (axis: number) => string, axis = 0): string {
  if (texts === null) return "...";
  if (typeof texts === "string") return texts.padStart(width);
  return `[${texts.map((item) => write(item, width, between, axis + 1)).join(between(axis))}]`;
}

function widest(texts: Texts): number {
  if (texts === null) return 0;
  return typeof texts === "string" ? texts.length : texts.reduce((width, item) => Math.max(width, widest(item)), 0);
}

type Items = readonly (number | null)[];

/** Which items of each axis are printed, with `null` for those left out. */
function shownItems(shape: Shape): readonly Items[] {
  const candidates = [
    () => shape.map((length) => (length <= LONGEST_AXIS ? all(length) : ends(length, ENDS[0]))),
    ...ENDS.map((count) => () => shape.map((length) => (length <= 2 * count ? all(length) : ends(length, count)))),
  ];
  for (const candidate of candidates) {
    const items = candidate();
    if (items.reduce((count, axis) => count * axis.length, 1) <= MOST_SHOWN) return items;
  }
  return shape.map((length) => (length === 1 ? [0] : [0, null]));
}

const all = (length: number): number[] => Array.from({ length }, (_, i) => i);

const ends = (length: number, count: number): Items => [
  ...all(count),
  null,
  ...all(count).map((i) => length - count + i),
];
