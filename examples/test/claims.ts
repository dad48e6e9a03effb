import { expect, test } from "vitest";
import type { Part } from "../src/lib/part.ts";

/** A test that a full run of an example comes to what the example states. */
export function holdsWhatItStates<Result>(part: Part<Result>): void {
  test(`${part.title}, whole: it comes to what it states`, () => {
    const claims = part.claims(part.run({}));
    expect(claims.length).toBeGreaterThan(0);
    expect(claims.filter(({ holds }) => !holds).map(({ text }) => text)).toEqual([]);
  });
}
