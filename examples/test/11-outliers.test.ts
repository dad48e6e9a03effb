import { type AnyTensor, grad, key, slice, treeLeaves } from "@tapegrad/core";
import { softmaxCrossEntropy } from "@tapegrad/nn";
import { expect, test } from "vitest";
import { gradientNorms, mislabel, type Network, trainBriefly } from "../src/11-outliers.ts";
import { loadDigits } from "../src/lib/digits.ts";

const clean = loadDigits(20);
const planted = mislabel(clean, 10, key(1));

test("one label in so many is wrong, and only those", () => {
  const given = planted.digits.labels.data();
  const changed = Array.from(given.keys()).filter((row) => given[row] !== planted.truth[row]);
  expect(new Set(changed)).toEqual(planted.wrong);
  expect(planted.wrong.size).toBe(20);
  expect(given.every((label) => label >= 0 && label < 10)).toBe(true);
});

test("the norms are those of the gradients of one example after the other", () => {
  const { digits } = planted;
  const model = trainBriefly({ digits, seed: 2, epochs: 1 });
  const norms = gradientNorms(model, digits);
  expect(norms).toHaveLength(200);
  for (const row of [0, 77, 199]) {
    const [image, label] = [digits.images, digits.labels].map((all) => slice(all, [[row, row + 1]]) as AnyTensor);
    const cost = (at: Network): AnyTensor => softmaxCrossEntropy(at.forward(image!), label as never);
    let squares = 0;
    for (const { value } of treeLeaves(grad(cost)(model)))
      for (const g of (value as AnyTensor).data()) squares += g * g;
    expect(norms[row]! / Math.sqrt(squares)).toBeCloseTo(1, 4);
  }
});
