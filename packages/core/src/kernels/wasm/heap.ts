import type { Storage } from "../../dtype.ts";
import type { Memory } from "../../wasm/engine.ts";
import type { Regions } from "./regions.ts";

/** Everything begins at a multiple of this: kernels read and write whole vectors, also beyond the last element. */
const GRAIN = 64;
const SMALLEST = 1 << 22;
/** A call that needs more than this part of the heap makes it grow. */
const SHARE = 4;

/** Where the elements of a storage lie, as a place in everything that was ever written. */
interface Slot {
  readonly position: number;
  readonly epoch: number;
}

/**
 * The memory that kernels work on. Storages belong to the garbage collector, and are copied in for a call; the memory is a ring, in which
 * what was placed last overwrites what was placed first. Storages are never written again, so that a copy which has not been overwritten
 * serves later calls, too: weights and the results of the last operations are there already.
 */
export class Heap {
  readonly memory: Memory;
  readonly #regions: Regions;
  /** Where the ring begins. */
  #base = 0;
  /** Bytes of the ring. */
  #capacity = 0;
  /** Bytes placed so far, gaps at the end of the ring included: the ring holds the last `#capacity` of them. */
  #head = 0;
  /** Where the ring began, when the call in progress did. */
  #turn = 0;
  /** The first position that the call in progress will not overwrite. */
  #kept = 0;
  /** Counts the times that all places changed. */
  #epoch = 0;
  #slots = new WeakMap<Storage, Slot>();
  #bytes: Uint8Array;

  constructor(regions: Regions) {
    this.memory = regions.memory;
    this.#regions = regions;
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#resize(SMALLEST);
  }

  #resize(capacity: number): void {
    if (this.#capacity > 0) this.#regions.free(this.#base, this.#capacity + GRAIN);
    this.#base = this.#regions.allocate(capacity + GRAIN);
    this.#capacity = capacity;
    this.#head = 0;
    this.#epoch++;
  }

  /** All of the memory: growing it detaches views. */
  get #all(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** What an array of so many bytes takes up, with room behind it for a vector. */
  rounded(bytes: number): number {
    return Math.ceil((bytes + GRAIN) / GRAIN) * GRAIN;
  }

  /** Begins a call that places so many arrays, of so many bytes in all. */
  begin(arrays: number, bytes: number): void {
    const needed = this.rounded(bytes) + arrays * GRAIN * 2;
    if (needed * SHARE > this.#capacity) this.#resize(2 ** Math.ceil(Math.log2(needed * SHARE)));
    // What is placed by one call lies in one piece: it does not run over the end of the ring.
    const left = this.#capacity - (this.#head % this.#capacity);
    if (left < needed) this.#head += left;
    this.#turn = this.#head - (this.#head % this.#capacity);
    this.#kept = this.#head + needed - this.#capacity;
  }

  /** Room for some bytes. */
  reserve(bytes: number): number {
    const address = this.#addressOf(this.#head);
    this.#head += this.rounded(bytes);
    return address;
  }

  #addressOf(position: number): number {
    return this.#base + (position % this.#capacity);
  }

  /** The address of the elements of a storage. */
  place(storage: Storage): number {
    const slot = this.#slots.get(storage);
    if (slot !== undefined && slot.epoch === this.#epoch && slot.position >= this.#kept)
      return this.#addressOf(slot.position);
    const position = this.#head;
    const address = this.reserve(storage.byteLength);
    this.#all.set(new Uint8Array(storage.buffer, storage.byteOffset, storage.byteLength), address);
    this.#slots.set(storage, { position, epoch: this.#epoch });
    return address;
  }

  /** Copies a result out, and remembers where it lies. */
  take(address: number, out: Storage): void {
    const from = this.memory.buffer;
    const source =
      out instanceof Float32Array
        ? new Float32Array(from, address, out.length)
        : out instanceof Float64Array
          ? new Float64Array(from, address, out.length)
          : out instanceof Int32Array
            ? new Int32Array(from, address, out.length)
            : new Uint8Array(from, address, out.length);
    out.set(source);
    this.#slots.set(out, { position: this.#turn + address - this.#base, epoch: this.#epoch });
  }

  /** Zeros from an address on. */
  clear(address: number, bytes: number): void {
    this.#all.fill(0, address, address + bytes);
  }

  /** Words of 0, in which kernels note what was wrong with what they were given. */
  outcome(words: number): number {
    const address = this.reserve(4 * words);
    this.clear(address, 4 * words);
    return address;
  }

  /** What stands in such words. */
  read(address: number, words: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, words).slice();
  }
}
