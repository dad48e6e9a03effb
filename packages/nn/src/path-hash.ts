/**
 * The 32 bit FNV-1a hash of a string's UTF-16 units, which for ASCII is the hash of its bytes
 * (Fowler, Noll and Vo; draft-eastlake-fnv). It turns a module's path into the number that is folded into a key.
 * @example
 * pathHash("foobar"); // 0xbf9cf968
 */
export function pathHash(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
