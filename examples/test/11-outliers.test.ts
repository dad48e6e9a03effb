import { type AnyTensor, grad, key, slice, treeLeaves } from "@tapegrad/core";
import { softmaxCrossEntropy } from "@tapegrad/nn";
import { expect, test } from "vitest";
import { gradientNorms, mislabel, type Network, outliersPart, trainBriefly } from "../src/11-outliers.ts";
import { loadDigits } from "../src/lib/digits.ts";
import { shown } from "../src/lib/part.ts";
import { unfilled } from "./unfilled.ts";

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

test("its section is whole", async () => {
  const { card, section, json } = await shown(
    outliersPart,
    {
      examples: 100,
      planted: 2,
      found: 1,
      auc: 0.9,
      medians: { right: 0.1, wrong: 2 },
      suspects: [{ image: new Array<number>(784).fill(0.5), given: 1, truth: 2, norm: 3 }],
      norms: { right: [0.1, 0.2], wrong: [1, 2] },
      seconds: { training: 1, gradients: 1 },
    },
    true,
  ).report();
  expect(unfilled(card.markup + section.markup + JSON.stringify(json))).toEqual([]);
});
