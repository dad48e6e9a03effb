import { expect, test } from "vitest";
import { mistakes } from "./compile.ts";

const found = mistakes();

test("there are mistakes to look at", () => {
  expect(found.filter(({ message }) => message !== undefined).length).toBeGreaterThan(60);
});

test.each(found)("$line: $code", ({ message, printed }) => {
  expect(printed).not.toBe("");
  if (message !== undefined) expect(printed).toContain(`"${message}"`);
});
