import { expect, test } from "vitest";
import { pathHash } from "../src/path-hash.ts";

test("the published values of FNV-1a", () => {
  expect(pathHash("")).toBe(0x811c9dc5);
  expect(pathHash("a")).toBe(0xe40c292c);
  expect(pathHash("foobar")).toBe(0xbf9cf968);
});
