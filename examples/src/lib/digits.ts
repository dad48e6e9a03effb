import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { adopt, type FloatDType, type Key, permutation, slice, type Tensor, take, tensor } from "@tapegrad/core";

/** Images are squares of 28 × 28 grey values from 0 (paper) to 1 (ink). */
export const SIDE = 28;
export const PIXELS = 784;
export const CLASSES = 10;

/** Images, one per row, and the digit that each shows. */
export interface Digits {
  readonly images: Tensor<readonly [number, 784], FloatDType>;
  readonly labels: Tensor<readonly [number], "int32">;
}

/**
 * Real handwritten digits: the 10,000 images of the `mnist` package, a part of the MNIST database (LeCun, Cortes, Burges).
 * The package has one JSON file per digit. They are read one by one, so that no more than one is in memory as an array
 * of JavaScript numbers; the result holds the same in 31 MB.
 * @param perDigit how many of each digit, all if not given.
 */
export function loadDigits(perDigit = Infinity): Digits {
  const { resolve } = createRequire(import.meta.url);
  const parts = Array.from({ length: CLASSES }, (_, digit) => {
    const text = readFileSync(resolve(`mnist/src/digits/${digit}.json`), "utf8");
    const { data } = JSON.parse(text) as { readonly data: readonly number[] };
    return Float32Array.from(data.length > perDigit * PIXELS ? data.slice(0, perDigit * PIXELS) : data);
  });
  const count = parts.reduce((sum, { length }) => sum + length / PIXELS, 0);
  const images = new Float32Array(count * PIXELS);
  const labels = new Int32Array(count);
  let row = 0;
  parts.forEach((part, digit) => {
    images.set(part, row * PIXELS);
    labels.fill(digit, row, row + part.length / PIXELS);
    row += part.length / PIXELS;
  });
  return { images: adopt(images, [count, PIXELS]), labels: adopt(labels) };
}

/** Some of the digits, in the order of the indices. */
export function pick({ images, labels }: Digits, rows: Int32Array): Digits {
  const index = tensor(rows);
  return { images: take(images, index), labels: take(labels, index) };
}

/** Shuffles by a key and splits: the same key, the same split. */
export function split(digits: Digits, share: number, by: Key): { readonly train: Digits; readonly test: Digits } {
  const order = permutation(by, digits.labels.size).data() as Int32Array;
  const count = Math.round(share * order.length);
  return { train: pick(digits, order.slice(0, count)), test: pick(digits, order.slice(count)) };
}

/** The first so many examples, and the others: of what is shuffled already. */
export function splitAt({ images, labels }: Digits, count: number): { readonly first: Digits; readonly rest: Digits } {
  const part = (from: number, to: number): Digits => ({
    images: slice(images, [[from, to]]) as Digits["images"],
    labels: slice(labels, [[from, to]]) as Digits["labels"],
  });
  return { first: part(0, count), rest: part(count, labels.size) };
}

/** All examples in mini-batches, in an order that a key decides. */
export function* batches(digits: Digits, size: number, by: Key): Generator<Digits> {
  const order = permutation(by, digits.labels.size).data() as Int32Array;
  for (let start = 0; start < order.length; start += size) yield pick(digits, order.slice(start, start + size));
}
