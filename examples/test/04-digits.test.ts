import { key } from "@tapegrad/core";
import { beforeAll, expect, test } from "vitest";
import { checkDigits, trainDigits } from "../src/04-digits.ts";
import { batches, type Digits, loadDigits, split } from "../src/lib/digits.ts";
import { fingerprint } from "../src/lib/fingerprint.ts";
import { mistakesOf } from "../src/lib/mistakes.ts";

const settings = { seed: 5, batch: 40, epochs: 3 };
let digits: Digits;
let train: Digits;
let held: Digits;
let trained: ReturnType<typeof trainDigits>;
beforeAll(() => {
  digits = loadDigits(60);
  ({ train, test: held } = split(digits, 0.8, key(0)));
  trained = trainDigits(train, held, settings);
});

test("digits: images between paper and ink, and as many of each", () => {
  expect(digits.images.shape).toEqual([600, 784]);
  const values = digits.images.data();
  expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(digits.labels.data().filter((label) => label === 7)).toHaveLength(60);
});

test("the split keeps every digit once", () => {
  expect([train.labels.size, held.labels.size]).toEqual([480, 120]);
  const count = (set: Digits, digit: number) => set.labels.data().filter((label) => label === digit).length;
  for (let digit = 0; digit < 10; digit++) expect(count(train, digit) + count(held, digit)).toBe(60);
});

test("mini-batches hold all examples, the last what is left", () => {
  const sizes = [...batches(train, 200, key(1))].map(({ labels }) => labels.size);
  expect(sizes).toEqual([200, 200, 80]);
  const order = (seed: number) => [...batches(train, 480, key(seed))][0]!.labels.data();
  expect(order(1)).toEqual(order(1));
  expect(order(1)).not.toEqual(order(2));
});

test("the same seed gives the same parameters to the last bit, and another seed others", () => {
  const again = trainDigits(train, held, settings);
  expect(fingerprint(again.model)).toBe(fingerprint(trained.model));
  expect(again.history).toEqual(trained.history);
  const other = trainDigits(train, held, { ...settings, seed: 6, stopAfter: 1 });
  expect(other.history[0]!.fingerprint).not.toBe(trained.history[0]!.fingerprint);
});

test("a training that stops early is the same as far as it goes", () => {
  const part = trainDigits(train, held, { ...settings, stopAfter: 1 });
  expect(part.history).toEqual(trained.history.slice(0, 1));
});

test("it learns, and its mistakes are those that the accuracy counts", () => {
  const { testAccuracy } = trained.history.at(-1)!;
  expect(testAccuracy).toBeGreaterThan(0.7);
  const mistakes = mistakesOf(trained.model.forward(held.images), held);
  expect(mistakes).toHaveLength(Math.round(120 * (1 - testAccuracy)));
  for (const { actual, predicted, image, confidence, confidenceInActual } of mistakes) {
    expect(predicted).not.toBe(actual);
    expect(image).toHaveLength(784);
    expect(confidence).toBeGreaterThan(confidenceInActual);
  }
});

test("the gradients of the network are right", () => {
  const check = checkDigits(trained.model, held, 12);
  expect(check.elements).toBe(5 * 12 + 10);
  expect(check.difference).toBeLessThan(1e-8);
  expect(Object.keys(check.perParameter)).toContain("layers.1.weight");
});
