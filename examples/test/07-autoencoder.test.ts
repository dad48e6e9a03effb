import { type AnyTensor, foldIn, key, mean, normal, slice, tensor } from "@tapegrad/core";
import { beforeAll, expect, test } from "vitest";
import {
  type Autoencoder,
  autoencoder,
  autoencoderPart,
  between,
  blackAndWhite,
  checkAutoencoder,
  divergence,
  drawCodes,
  elbo,
  encode,
  independentPixels,
  judge,
  plane,
  summarize,
  type TrainedAutoencoder,
  trainAutoencoder,
} from "../src/07-autoencoder.ts";
import { type Digits, loadDigits, split } from "../src/lib/digits.ts";
import { fingerprint } from "../src/lib/fingerprint.ts";
import { shown } from "../src/lib/part.ts";
import { unfilled } from "./unfilled.ts";

const settings = { latent: 2, seed: 1, epochs: 3, batch: 20 };
let train: Digits;
let held: Digits;
let images: AnyTensor;
let trained: TrainedAutoencoder;
let model: Autoencoder;
beforeAll(() => {
  ({ train, test: held } = split(loadDigits(10), 0.8, key(0)));
  images = blackAndWhite(held.images, key(1));
  trained = trainAutoencoder(train, images, settings);
  ({ model } = trained);
});

test("pixels are black or white, with the probability of their grey value", () => {
  const grey = slice(tensor([[0, 0.25, 1]]), [[0, 1]]) as AnyTensor;
  const sums = [0, 0, 0];
  for (let seed = 0; seed < 400; seed++) {
    blackAndWhite(grey, key(seed))
      .data()
      .forEach((ink, i) => {
        expect([0, 1]).toContain(ink);
        sums[i]! += ink;
      });
  }
  expect([sums[0], sums[2]]).toEqual([0, 400]);
  // Four standard deviations of a hundred are 35.
  expect(Math.abs(sums[1]! - 100)).toBeLessThan(35);
});

test("codes are drawn around their means, as far as their variances say", () => {
  const code = { mean: tensor([[1, -2]]), logVariance: tensor([[-200, 0]]) };
  const [sure, unsure] = [0, 1].map((i) => Array.from({ length: 50 }, (_, s) => drawCodes(code, key(s)).data()[i]!));
  expect(new Set(sure)).toEqual(new Set([1]));
  const noise = Array.from({ length: 50 }, (_, s) => normal(key(s), [1, 2]).data()[1]!);
  unsure!.forEach((z, s) => {
    expect(z).toBeCloseTo(-2 + noise[s]!, 6);
  });
});

test.each([
  { mean: [0, 0], logVariance: [0, 0], nats: 0 },
  { mean: [1, 0], logVariance: [0, 0], nats: 0.5 },
  { mean: [0, 0], logVariance: [Math.log(4), 0], nats: 0.5 * (4 - 1 - Math.log(4)) },
  { mean: [2, -1], logVariance: [0, -2], nats: 0.5 * (4 + 1 + Math.exp(-2) - 1 + 2) },
])("KL(N($mean, e^$logVariance) ‖ N(0, 1)) is $nats", ({ mean, logVariance, nats }) => {
  const found = divergence({ mean: tensor([mean]), logVariance: tensor([logVariance]) });
  expect(found.data()[0]).toBeCloseTo(nats, 5);
});

test("training raises the bound, and the tighter bound is above it", () => {
  const fresh = judge(autoencoder(2, key(0)), images, key(2), 20);
  const { elbo: bound, logLikelihood } = judge(model, images, key(2), 20);
  expect(bound).toBeGreaterThan(fresh.elbo);
  expect(logLikelihood).toBeGreaterThan(bound);
});

test("the bound with the divergence in closed form is that by draws alone, on average", () => {
  const keys = Array.from({ length: 40 }, (_, i) => foldIn(key(9), i));
  const bounds = keys.map((by) => mean(elbo(model, images, by)).item() as number);
  const closed = bounds.reduce((a, b) => a + b) / keys.length;
  expect(Math.abs(closed - judge(model, images, key(9), keys.length).elbo)).toBeLessThan(0.3);
});

test("pixels by themselves: the entropy of what is as often ink as not", () => {
  const [half, one] = [
    tensor([
      [0, 1],
      [1, 0],
    ]),
    tensor([[1, 1]]),
  ];
  expect(independentPixels(half, one)).toBeCloseTo(2 * Math.log(0.5), 6);
});

test("the same seed gives the same parameters to the last bit, and another seed others", () => {
  const again = (seed: number) => fingerprint(trainAutoencoder(train, images, { ...settings, seed }).model);
  expect(again(1)).toBe(fingerprint(model));
  expect(again(2)).not.toBe(fingerprint(model));
});

test("the gradients are right, through drawn pixels and codes", () => {
  expect(checkAutoencoder(model, held, 6).difference).toBeLessThan(1e-8);
});

test("pictures: the map has its middle in the middle, and a way ends where it leads", () => {
  const side = 3;
  const [middle, corner] = [plane(model, side)[4]!, plane(model, side)[2]!];
  const decoded = (code: number[]) =>
    Array.from(
      model.decoder
        .forward(tensor([code]))
        .sigmoid()
        .data(),
    );
  middle.forEach((ink, i) => {
    expect(ink).toBeCloseTo(decoded([0, 0])[i]!, 5);
  });
  expect(corner).toHaveLength(784);
  const pair = slice(held.images, [[0, 2]]) as AnyTensor;
  const way = between(model, pair, 5);
  const ends = Array.from(encode(model, pair).mean.data());
  way.at(-1)!.forEach((ink, i) => {
    expect(ink).toBeCloseTo(decoded(ends.slice(2))[i]!, 5);
  });
});

test("its section is whole", async () => {
  const deep = trainAutoencoder(train, images, { ...settings, latent: 3, epochs: 1 });
  const result = { ...summarize([trained, deep], train, held, { draws: 2, elements: 2 }), reproducible: true };
  const { card, section } = await shown(autoencoderPart, result, true).report();
  expect(card.markup).toContain('href="#autoencoder"');
  expect(unfilled(section.markup)).toEqual([]);
  expect(section.markup.match(/<img /g)).toHaveLength(4);
});
