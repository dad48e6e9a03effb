import type { Memory } from "../../wasm/engine.ts";

/** Bytes of a page of WebAssembly memory. */
const PAGE = 65536;
/** What lies below belongs to nobody who asks here: the control block of the threads, and 0, which no address is. */
const START = 2048;
/** Everything begins at a multiple of this. */
const GRAIN = 64;

interface Region {
  readonly start: number;
  readonly end: number;
}

const rounded = (bytes: number): number => Math.ceil(bytes / GRAIN) * GRAIN;

/** Who has which part of a memory: the ring of eager operations, and what compiled programs work on. The memory grows when nothing is free. */
export class Regions {
  readonly memory: Memory;
  /** In order of their addresses, never side by side. */
  #free: Region[];

  constructor(memory: Memory) {
    this.memory = memory;
    this.#free = [{ start: START, end: memory.buffer.byteLength }];
  }

  /**
   * The address of so many bytes, which hold anything.
   * @throws RangeError when the memory cannot grow that much.
   */
  allocate(bytes: number): number {
    const size = rounded(bytes);
    let found = this.#free.find(({ start, end }) => end - start >= size);
    if (found === undefined) {
      const length = this.memory.buffer.byteLength;
      const last = this.#free.at(-1);
      const atEnd = last?.end === length ? length - last.start : 0;
      this.memory.grow(Math.ceil((size - atEnd) / PAGE));
      this.free(length, this.memory.buffer.byteLength - length);
      found = this.#free.at(-1)!;
    }
    const rest = { start: found.start + size, end: found.end };
    this.#free = this.#free.flatMap((region) => (region !== found ? [region] : rest.end > rest.start ? [rest] : []));
    return found.start;
  }

  /** Gives back what `allocate` gave for so many bytes. */
  free(address: number, bytes: number): void {
    const merged: Region[] = [];
    const all = [...this.#free, { start: address, end: address + rounded(bytes) }].sort((a, b) => a.start - b.start);
    for (const region of all) {
      const before = merged.at(-1);
      if (before?.end === region.start) merged[merged.length - 1] = { start: before.start, end: region.end };
      else merged.push(region);
    }
    this.#free = merged;
  }
}
