import { type AnyTensor, key, slice, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkReader, lossAt, type TextResult, textPart, trainReader, write } from "../src/06-text.ts";
import { countedLoss } from "../src/lib/counted-loss.ts";
import { decode, encode, paradiseLost, splitText } from "../src/lib/paradise-lost.ts";
import { shown } from "../src/lib/part.ts";
import { AttentiveReader, CONTEXT, type Reader, RecurrentReader } from "../src/lib/readers.ts";
import { unfilled } from "./unfilled.ts";

const verse = splitText(paradiseLost());
const size = verse.vocabulary.length;
const recurrent = new RecurrentReader(size, key(1));
const attentive = new AttentiveReader(size, key(2));
const shallow = new AttentiveReader(size, key(3), 1);
const few = verse.train.slice(0, 2 * CONTEXT);

const batchOf = (characters: Int32Array): AnyTensor =>
  tensor([Array.from(characters)], { dtype: "int32" }) as AnyTensor;

/** Logits of the model after each character, step by step. */
function stepwise<State>(model: Reader<State>, characters: Int32Array): AnyTensor[] {
  let state = model.start(characters.length);
  return Array.from(characters, (_, i) => {
    const made = model.step(batchOf(characters.slice(i, i + 1)), state);
    state = made[1];
    return made[0];
  });
}

const difference = (a: AnyTensor, b: AnyTensor): number => {
  const other = b.data();
  return Math.max(...Array.from(a.data(), (value, i) => Math.abs(value - other[i]!)));
};

test("the poem is whole, and parted at the start of a line so that no part has any of the other", () => {
  const poem = paradiseLost();
  expect(poem.startsWith("Of Man's first disobedience, and the fruit\nOf that forbidden tree")).toBe(true);
  expect(poem.trimEnd().endsWith("Through Eden took their solitary way.")).toBe(true);
  expect(poem).not.toMatch(/[^\n -~]|[$*\d]| \n|\n\n\n/);
  const [train, validation] = [verse.train, verse.validation].map((part) => decode(part, verse.vocabulary));
  expect(train! + validation!).toBe(poem);
  expect(train!.endsWith("\n")).toBe(true);
  expect(verse.train.length / poem.length).toBeCloseTo(0.9, 3);
});

test("a character that is not in the training part has no number", () => {
  const { vocabulary, train } = splitText("abab\nabab\nb", 0.8);
  expect(vocabulary).toEqual(["\n", "a", "b"]);
  expect(Array.from(train)).toEqual([1, 2, 1, 2, 0, 1, 2, 1, 2, 0]);
  expect(() => splitText("abab\nabab\nc", 0.8)).toThrow(/"c" is not in the vocabulary/);
});

test("counted losses are those of the formula, and more context helps", () => {
  const vocabulary = ["a", "b", "c"];
  const text = { vocabulary, train: encode("ababac", vocabulary), validation: encode("abc", vocabulary) };
  // After a: b twice, c once. After b: a twice. Each count is 1 more, of three characters.
  expect(countedLoss(text, 2)).toBeCloseTo(-(Math.log(3 / 6) + Math.log(1 / 5)) / 2, 12);
  // ab stood before a twice.
  expect(countedLoss(text, 3)).toBeCloseTo(-Math.log(1 / 5), 12);
  expect(countedLoss(verse, 2)).toBeCloseTo(2.428, 3);
  expect(countedLoss(verse, 3)).toBeLessThan(2.05);
});

test("step by step both models say what they say of the whole, and nobody sees what comes later", () => {
  for (const model of [recurrent, attentive] as readonly Reader[]) {
    const start = few.slice(0, 12);
    const whole = model.forward(batchOf(start));
    for (const [i, logits] of stepwise(model, start).entries()) {
      expect(difference(slice(whole, [null, [i, i + 1]]), logits)).toBeLessThan(1e-5);
    }
    const other = start.with(11, (start[11]! + 1) % size);
    expect(difference(slice(model.forward(batchOf(other)), [null, [0, 11]]), slice(whole, [null, [0, 11]]))).toBe(0);
  }
});

test("beyond its context, a transformer of one layer sees the last characters only, wherever they stand", () => {
  const characters = few.slice(0, CONTEXT + 5);
  const last = slice(shallow.forward(batchOf(characters.slice(-CONTEXT))), [null, [CONTEXT - 1, CONTEXT]]);
  expect(difference(stepwise(shallow, characters).at(-1)!, last)).toBeLessThan(1e-5);
});

test("heads attend to what came before, in shares of 1", () => {
  const weights = attentive.attention(batchOf(few.slice(0, 8)), 1).toArray() as number[][][];
  expect(weights).toHaveLength(4);
  for (const row of weights.flat()) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  for (const head of weights) expect(head[3]!.slice(4)).toEqual([0, 0, 0, 0]);
});

test("gradients are right, that of the tied table, too", () => {
  expect(shallow.output.weight).toBe(shallow.embedding.weight);
  for (const model of [recurrent, shallow]) expect(checkReader(model, few).difference).toBeLessThan(1e-7);
});

test("training lowers the loss, the same seed trains and writes the same, another key writes something else", () => {
  const losses: number[] = [];
  const train = (): RecurrentReader =>
    trainReader(recurrent, few, { learningRate: 1e-2, steps: 12, batch: 4 }, key(4), (_, loss) => losses.push(loss));
  const [once, again] = [train(), train()];
  expect(losses[11]!).toBeLessThan(losses[0]! - 0.5);
  expect(losses.slice(12)).toEqual(losses.slice(0, 12));
  const starts = tensor([0], { dtype: "int32" }) as AnyTensor;
  expect(lossAt(once, tensor(few), starts, CONTEXT).item()).toBeLessThan(losses[0]!);
  const prompt = few.slice(0, 3);
  expect(write(again, prompt, 30, key(5))).toEqual(write(once, prompt, 30, key(5)));
  expect(write(once, prompt, 30, key(6))).not.toEqual(write(once, prompt, 30, key(5)));
});

test("the page shows what both wrote", async () => {
  const learned = {
    parameters: 10,
    loss: 1.7,
    curve: [
      [10, 3],
      [30, 2],
    ],
    written: "<Of> Man",
    seconds: 1,
  } as const;
  const result: TextResult = {
    characters: { train: 90, validation: 10, vocabulary: 3 },
    bigram: 2.4,
    trigram: 2,
    recurrent: { ...learned, name: "GRU" },
    attentive: { ...learned, name: "transformer" },
    prompt: "In part\n",
    attention: {
      text: "a\n",
      heads: [
        [
          [1, 0],
          [0.5, 0.5],
        ],
      ],
    },
    check: { difference: 1e-9, perParameter: {}, worst: {} as never, epsilon: 1e-5, elements: 6 },
    repeatable: true,
  };
  const { card, section } = await shown(textPart, result, true).report();
  expect(card.markup).toContain("1.70 nats");
  expect(section.markup.match(/&#60;Of&#62; Man/g)).toHaveLength(2);
  expect(unfilled(section.markup)).toEqual([]);
  expect(textPart.claims(result).every(({ holds }) => holds)).toBe(true);
  const worse = { ...result, attentive: { ...result.attentive, loss: 2.1 }, repeatable: false };
  expect(textPart.claims(worse).filter(({ holds }) => !holds)).toHaveLength(3);
});
