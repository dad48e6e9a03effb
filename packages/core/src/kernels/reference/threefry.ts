/**
 * Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011),
 * section 3.3. A keyed bijection of 64-bit counters: distinct counters give distinct, independent-looking words.
 */

/** The parity constant of Threefish, cut to 32 bits. */
const PARITY = 0x1bd11bda;

/**
 * Encrypts the counters (first, domain), (first + 1, domain), ... under a key; each gives two words of `out`. An odd
 * last word takes the first half of its block.
 */
export function threefry(
  key0: number,
  key1: number,
  first: number,
  domain: number,
  out: Int32Array,
  words: number,
): void {
  const k0 = key0 | 0;
  const k1 = key1 | 0;
  const k2 = PARITY ^ k0 ^ k1;
  for (let w = 0, block = first | 0; w < words; w += 2, block = (block + 1) | 0) {
    let x = (block + k0) | 0;
    let y = (domain + k1) | 0;
    // Written out: a loop over the groups of rounds takes half as long again.
    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k1) | 0;
    y = (y + k2 + 1) | 0;

    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x;
    x = (x + k2) | 0;
    y = (y + k0 + 2) | 0;

    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k0) | 0;
    y = (y + k1 + 3) | 0;

    x = (x + y) | 0;
    y = ((y << 17) | (y >>> 15)) ^ x;
    x = (x + y) | 0;
    y = ((y << 29) | (y >>> 3)) ^ x;
    x = (x + y) | 0;
    y = ((y << 16) | (y >>> 16)) ^ x;
    x = (x + y) | 0;
    y = ((y << 24) | (y >>> 8)) ^ x;
    x = (x + k1) | 0;
    y = (y + k2 + 4) | 0;

    x = (x + y) | 0;
    y = ((y << 13) | (y >>> 19)) ^ x;
    x = (x + y) | 0;
    y = ((y << 15) | (y >>> 17)) ^ x;
    x = (x + y) | 0;
    y = ((y << 26) | (y >>> 6)) ^ x;
    x = (x + y) | 0;
    y = ((y << 6) | (y >>> 26)) ^ x;
    x = (x + k2) | 0;
    y = (y + k0 + 5) | 0;
    out[w] = x;
    if (w + 1 < words) out[w + 1] = y;
  }
}
