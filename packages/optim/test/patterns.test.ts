import { expect, test } from "vitest";
import { matches } from "../src/index.ts";

test.each([
  ["layers.0.weight", "layers.0.weight", true],
  ["layers.0", "layers.0.weight", true],
  ["layers", "layers.0.weight", true],
  ["", "layers.0.weight", true],
  ["layers.1", "layers.10.weight", false],
  ["layers.0.weight.x", "layers.0.weight", false],
  ["layers.*.bias", "layers.2.bias", true],
  ["layers.*.bias", "layers.2.weight", false],
  ["*.*.bias", "layers.2.bias", true],
  ["layers.*", "layers.2.inner.bias", true],
  ["*", "weight", true],
  ["layers.*.inner.*", "layers.2.inner", false],
  ["weight", "layers.0.weight", false],
])("%s fits %s: %s", (pattern, path, expected) => {
  expect(matches(pattern, path)).toBe(expected);
});
