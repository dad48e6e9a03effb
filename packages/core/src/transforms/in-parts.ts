import type { AnyTensor } from "../tensor.ts";

/** Values in groups as long as others are. */
export function inParts<const Groups extends readonly (readonly unknown[])[]>(
  values: readonly AnyTensor[],
  like: Groups,
): { -readonly [K in keyof Groups]: AnyTensor[] } {
  let next = 0;
  return like.map(({ length }) => {
    next += length;
    return values.slice(next - length, next);
  }) as { -readonly [K in keyof Groups]: AnyTensor[] };
}
