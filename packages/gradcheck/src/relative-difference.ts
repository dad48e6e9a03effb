import { ShapeError } from "@tapegrad/core";

/**
 * ‖a − b‖ / (‖a‖ + ‖b‖), the measure of the classic gradient check: 0 for equal vectors, 0/0 included, and at most 1.
 * @throws ShapeError when the vectors differ in length.
 * @example
 * relativeDifference([2], [1]); // 1/3
 */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new ShapeError(
      "relativeDifference",
      `vectors of ${a.length} and ${b.length} differ`,
      "flatten both in one order",
    );
  }
  let [difference, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    difference = Math.hypot(difference, a[i]! - b[i]!);
    first = Math.hypot(first, a[i]!);
    second = Math.hypot(second, b[i]!);
  }
  return difference === 0 ? 0 : difference / (first + second);
}
