/** Something that needs memory from one unit of a program to another, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
  /** A lifetime whose memory this one may have, if it ends where this one begins: the result is written where the operand was read. */
  readonly instead?: Lifetime;
}

export interface MemoryPlan {
  readonly offsets: ReadonlyMap<Lifetime, number>;
  /** Bytes of the whole. */
  readonly bytes: number;
}

/** Everything begins at a multiple of this, and has as much behind it that may be read and written. */
export const GRAIN = 64;

const padded = (bytes: number): number => Math.ceil(bytes / GRAIN) * GRAIN + GRAIN;

/**
 * Places for values, so that none overlaps another that lives at the same time: each takes the smallest gap that is large enough (best fit),
 * in the order in which they begin.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const offsets = new Map<Lifetime, number>();
  let living: { readonly lifetime: Lifetime; readonly start: number; readonly end: number }[] = [];
  let bytes = 0;
  for (const lifetime of [...lifetimes].sort((a, b) => a.from - b.from || b.bytes - a.bytes)) {
    living = living.filter(({ lifetime: { to } }) => to >= lifetime.from);
    const donor = lifetime.instead && living.find((one) => one.lifetime === lifetime.instead);
    let start: number;
    if (donor !== undefined && donor.lifetime.to === lifetime.from && donor.lifetime.bytes === lifetime.bytes) {
      start = donor.start;
      living = living.filter((one) => one !== donor);
    } else start = bestGap(living, padded(lifetime.bytes));
    offsets.set(lifetime, start);
    const end = start + padded(lifetime.bytes);
    bytes = Math.max(bytes, end);
    living = [...living, { lifetime, start, end }].sort((a, b) => a.start - b.start);
  }
  return { offsets, bytes };
}

function bestGap(living: readonly { readonly start: number; readonly end: number }[], size: number): number {
  let [best, smallest, end] = [-1, Number.POSITIVE_INFINITY, 0];
  for (const one of living) {
    const gap = one.start - end;
    if (gap >= size && gap < smallest) [best, smallest] = [end, gap];
    end = Math.max(end, one.end);
  }
  return best < 0 ? end : best;
}
