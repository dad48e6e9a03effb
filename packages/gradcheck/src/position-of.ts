/**
 * Position along each axis of the i-th element, row-major.
 * @example
 * positionOf(5, [2, 3]); // [1, 2]
 */
export function positionOf(i: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = i;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
