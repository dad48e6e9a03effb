import type { Table } from "../../wasm/engine.ts";

/** Who has which places of a table of functions. */
export class Places {
  readonly #table: Table;
  /** Runs of places that were given back. */
  #free: { readonly place: number; readonly count: number }[] = [];

  constructor(table: Table) {
    this.#table = table;
  }

  /** The first of so many places, one after another. */
  take(count: number): number {
    const found = this.#free.find((run) => run.count >= count);
    if (found === undefined) return this.#table.grow(count);
    const rest = { place: found.place + count, count: found.count - count };
    this.#free = this.#free.flatMap((run) => (run !== found ? [run] : rest.count > 0 ? [rest] : []));
    return found.place;
  }

  /** Puts functions there. */
  set(place: number, functions: readonly unknown[]): void {
    functions.forEach((one, i) => void this.#table.set(place + i, one));
  }

  /** Gives back what `take` gave for so many functions. */
  give(place: number, count: number): void {
    for (let i = 0; i < count; i++) this.#table.set(place + i, null);
    if (count > 0) this.#free.push({ place, count });
  }
}
