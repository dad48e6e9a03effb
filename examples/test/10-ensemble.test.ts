import { type AnyTensor, key, tensor, treeLeaves } from "@tapegrad/core";
import { expect, test } from "vitest";
import { drawCurve, ensemblePart, GAP, networks, sharesBelow, trainEnsemble } from "../src/10-ensemble.ts";
import { shown } from "../src/lib/part.ts";
import { unfilled } from "./unfilled.ts";

const curve = drawCurve(key(1), 128);

test("there are examples on both sides of the gap, and none in it", () => {
  const xs = Array.from(curve.x.data());
  expect(xs.every((x) => Math.abs(x) >= GAP && Math.abs(x) <= 4)).toBe(true);
  expect(xs.filter((x) => x > 0).length).toBeGreaterThan(30);
  expect(xs.filter((x) => x < 0).length).toBeGreaterThan(30);
});

test("networks made at once are the same as first ones of more, and differ from each other", () => {
  const [three, eight] = [networks(key(5), 3), networks(key(5), 8)];
  for (const [i, { value }] of treeLeaves(eight).entries()) {
    const [own, all] = [treeLeaves(three)[i]!.value as AnyTensor, value as AnyTensor];
    expect(all.shape).toEqual([8, ...own.shape.slice(1)]);
    expect(own.data()).toEqual(all.data().subarray(0, own.size));
    const [first, second] = [0, 1].map((k) => all.data().subarray((k * all.size) / 8, ((k + 1) * all.size) / 8));
    if (own.rank > 2) expect(first).not.toEqual(second);
  }
});

test("no network is in another's cost: trained with others, each comes to what it comes to alone", () => {
  const [three, one] = [trainEnsemble(curve, 25, { count: 3 }), trainEnsemble(curve, 25, { count: 1 })];
  for (const [i, { value }] of treeLeaves(one).entries()) {
    const [alone, among] = [value as AnyTensor, treeLeaves(three)[i]!.value as AnyTensor].map((t) => t.data());
    alone!.forEach((w, j) => {
      expect(Math.abs(w - among![j]!)).toBeLessThan(1e-5);
    });
  }
});

test("shares below are those of the mixture's distribution", () => {
  const mean = tensor([[[0]], [[2]]]);
  const variance = tensor([[[1]], [[4]]]);
  const [share] = sharesBelow({ mean, variance }, tensor([[1]]));
  // Φ(1) = 0.841345 and Φ(−1/2) = 0.308538.
  expect(share).toBeCloseTo((0.841345 + 0.308538) / 2, 5);
});

test("its section is whole", async () => {
  const { card, section, json } = await shown(
    ensemblePart,
    {
      coverages: [{ stated: 0.5, found: 0.48 }],
      miscalibration: 0.02,
      truthCost: 1,
      mixtureCost: 1.1,
      memberCosts: [1.1, 1.2],
      disagreement: { gap: 3, data: 1 },
      band: [0, 1].map((x) => ({ x, mean: 0, total: 1, disagreement: 0.5, members: [1, -1] })),
      examples: [[0, 1]],
      seconds: 1,
    },
    true,
  ).report();
  expect(unfilled(card.markup + section.markup + JSON.stringify(json))).toEqual([]);
});
