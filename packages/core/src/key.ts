import { ArgumentError } from "./errors.ts";
import { storageOf, Tensor } from "./tensor.ts";

/**
 * The state of a random generator, as a value: the same key always draws the same numbers. Derive new keys with
 * `splitKey` and `foldIn`, and use each for one purpose. A key is never a parameter: gradients do not see it.
 *
 * The generator is Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 */
export class Key {
  /** Two words. A tensor, so that a tape can have a key as an input and be replayed with another. */
  readonly bits: Tensor<readonly [2], "int32">;

  /** @internal Use `key(seed)`. */
  constructor(bits: Tensor<readonly [2], "int32">) {
    this.bits = bits;
  }

  toString(): string {
    return `Key(${this.bits.isAbstract ? "abstract" : Array.from(storageOf(this.bits), (word) => (word >>> 0).toString(16)).join(":")})`;
  }

  static {
    Object.defineProperty(Key.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: Key.prototype.toString });
  }
}

/**
 * The key of a seed.
 * @param seed a whole number from 0 to 2⁵³ − 1.
 * @throws ArgumentError for any other seed.
 * @example
 * const x = normal(key(42), [3]);
 */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError("key", `${seed} is no seed`, "use a whole number from 0 to 2^53 - 1");
  }
  return new Key(new Tensor([2], "int32", Int32Array.of(Math.floor(seed / 2 ** 32), seed | 0)));
}
