import type { Text } from "./paradise-lost.ts";

/**
 * Nats per character of the validation part by a table: a character after the n − 1 before it is as likely as it was in the training
 * part, with 1 added to each count. (Laplace's rule of succession.)
 */
export function countedLoss({ vocabulary, train, validation }: Text, n: number): number {
  const size = vocabulary.length;
  const [counts, contexts] = [new Float64Array(size ** n), new Float64Array(size ** (n - 1))];
  for (const gram of grams(train, n, size)) {
    counts[gram]!++;
    contexts[Math.floor(gram / size)]!++;
  }
  let sum = 0;
  for (const gram of grams(validation, n, size)) {
    sum -= Math.log((counts[gram]! + 1) / (contexts[Math.floor(gram / size)]! + size));
  }
  return sum / (validation.length - n + 1);
}

/** Each run of n characters as one number, whose digits they are. */
function grams(characters: Int32Array, n: number, size: number): Int32Array {
  const numbers = new Int32Array(characters.length);
  characters.forEach((character, i) => {
    numbers[i] = ((i === 0 ? 0 : numbers[i - 1]!) * size + character) % size ** n;
  });
  return numbers.slice(n - 1);
}
