import { type AnyTensor, add, cast, key, mul, normal, reshape, slice, tensor } from "@tapegrad/core";
import { apply } from "@tapegrad/nn";
import { beforeAll, expect, test } from "vitest";
import {
  checkConvolution,
  convolutionPart,
  network,
  saliency,
  shifted,
  summarize,
  type TrainedConvolution,
  trainConvolution,
} from "../src/05-convolution.ts";
import { type Digits, loadDigits, PIXELS, SIDE, split, splitAt } from "../src/lib/digits.ts";
import { fingerprint } from "../src/lib/fingerprint.ts";
import { shown } from "../src/lib/part.ts";
import { inFloat64 } from "../src/lib/sampled-check.ts";
import { unfilled } from "./unfilled.ts";

const settings = { seed: 3, batch: 20, epochs: 2 };
let sets: { train: Digits; validation: Digits; test: Digits };
let trained: TrainedConvolution;
beforeAll(() => {
  const { train: known, test } = split(loadDigits(10), 0.8, key(0));
  const { first: train, rest: validation } = splitAt(known, 60);
  sets = { train, validation, test };
  trained = trainConvolution(train, validation, settings);
});

const firstRow = ({ images }: Digits): AnyTensor => slice(images, [[0, 1]]);

test("a shifted image is the image, moved by up to two pixels either way, with paper around it", () => {
  const image = firstRow(sets.train).data();
  const moved = (dy: number, dx: number): number[] =>
    Array.from({ length: PIXELS }, (_, i) => {
      const [y, x] = [Math.floor(i / SIDE) + dy, (i % SIDE) + dx];
      return y < 0 || x < 0 || y >= SIDE || x >= SIDE ? 0 : image[y * SIDE + x]!;
    });
  const all = [-2, -1, 0, 1, 2].flatMap((dy) => [-2, -1, 0, 1, 2].map((dx) => moved(dy, dx).join()));
  const found = new Set<number>();
  for (let seed = 0; seed < 30; seed++) {
    found.add(all.indexOf(Array.from(shifted(firstRow(sets.train), key(seed)).data()).join()));
  }
  expect(found.has(-1)).toBe(false);
  expect(found.size).toBeGreaterThan(10);
});

test("images of one batch are shifted each by itself", () => {
  const same = tensor(Array.from({ length: 8 }, () => Array.from(firstRow(sets.train).data())));
  const rows = shifted(same, key(1)).toArray() as number[][];
  expect(new Set(rows.map((row) => row.join())).size).toBeGreaterThan(3);
});

test("a trained step hands the running statistics on", () => {
  const fresh = network(key(0));
  for (const layer of [1, 5] as const) {
    const [before, after] = [fresh.layers[layer], trained.model.layers[layer]];
    expect(after.runningMean.data()).not.toEqual(before.runningMean.data());
    // Seven steps or eight of momentum 0.1 leave 0.9⁸ of where they began.
    expect(after.runningVar.data().every((value) => value > 0 && Number.isFinite(value))).toBe(true);
  }
  expect(trained.history.at(-1)!.cost).toBeLessThan(trained.history[0]!.cost);
});

test("the same seed gives the same parameters to the last bit", () => {
  const again = trainConvolution(sets.train, sets.validation, settings);
  expect(fingerprint(again.model)).toBe(fingerprint(trained.model));
  expect(again.model.layers[5].runningVar.data()).toEqual(trained.model.layers[5].runningVar.data());
});

test("in training an image depends on its batch, in evaluation it does not", () => {
  const images = reshape(slice(sets.test.images, [[0, 6]]), [6, 1, SIDE, SIDE]) as AnyTensor;
  const few = slice(images, [[0, 3]]) as AnyTensor;
  const rows = (of: AnyTensor): number[] => Array.from(of.data().subarray(0, 30));
  const run = (x: AnyTensor): AnyTensor => apply(trained.model, x as never, { key: key(2) }).output as AnyTensor;
  expect(rows(run(images))).not.toEqual(rows(run(few)));
  const alone = rows(trained.model.forward(few as never));
  rows(trained.model.forward(images as never)).forEach((value, i) => {
    expect(value).toBeCloseTo(alone[i]!, 4);
  });
});

test("saliency is the mean slope of the answers to noisy copies, along a change of the image", () => {
  const model = inFloat64(trained.model);
  const [image, along] = [sets.test, sets.train].map((set) => cast(firstRow(set), "float64") as AnyTensor);
  const noise = normal(key(7), [64, PIXELS], { std: 0.2, dtype: "float64" });
  const answer = (size: number): number => {
    const moved: AnyTensor = reshape(add(add(image!, noise), mul(along!, size)), [-1, 1, SIDE, SIDE]);
    const logits: AnyTensor = model.forward(moved as never);
    return (logits.toArray() as number[][]).reduce((sum, row) => sum + Math.max(...row) / 64, 0);
  };
  const slope = saliency(model, image!, key(7)).data();
  const expected = Array.from(along!.data()).reduce((sum, change, i) => sum + change * slope[i]!, 0);
  expect((answer(1e-8) - answer(-1e-8)) / 2e-8 / expected).toBeCloseTo(1, 5);
});

test("the gradients are right, through batch statistics, shifts and dropout", () => {
  expect(checkConvolution(trained.model, sets.test, 6).difference).toBeLessThan(1e-8);
});

test("its section is whole", async () => {
  const result = summarize(trained, sets, 2);
  expect(result.layers.map(({ layer }) => layer)).toContain("BatchNorm");
  const { card, section, json } = await shown(convolutionPart, result, true).report();
  expect(card.markup).toContain('href="#convolution"');
  expect(unfilled(section.markup)).toEqual([]);
  expect(section.markup.match(/<img /g)!.length).toBeGreaterThan(16 + 2 * 5);
  expect(JSON.stringify(json)).toContain("testAccuracy");
});
