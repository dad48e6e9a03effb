import { grad, treeLeaves } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gradientProperty, models, type RandomModel } from "../../src/property.ts";

const drawn = fc.sample(models(), { numRuns: 200, seed: 1 });

test("models have a scalar loss, a gradient for each parameter, and outputs of a batch", () => {
  for (const { at, f, forward, x } of drawn) {
    expect(f(at).shape).toEqual([]);
    expect(Number.isFinite(f(at).item())).toBe(true);
    expect(forward(at, x).shape).toEqual([x.shape[0], at.layers.at(-1)!.bias.shape[0]]);
    expect(treeLeaves(grad(f)(at)).map(({ path }) => path)).toEqual(treeLeaves(at).map(({ path }) => path));
  }
});

test("tied weights, normalizations and several layers are among them", () => {
  const tied = drawn.filter(({ at }) => new Set(at.layers.map(({ weight }) => weight)).size < at.layers.length);
  for (const some of [tied, drawn.filter(({ at }) => at.layers.some(({ gain }) => gain !== undefined))]) {
    expect(some.length).toBeGreaterThan(5);
  }
});

test("their gradients are right", () => {
  fc.assert(gradientProperty(models({ smooth: true })), { numRuns: 50, seed: 1 });
});

test("they shrink to one layer of one unit, and print what they are", () => {
  const { counterexample } = fc.check(
    fc.property(models(), (model: RandomModel) => !treeLeaves(model.at).some(({ path }) => path.endsWith("gain"))),
    { seed: 1 },
  );
  const [model] = counterexample!;
  expect(model.at.layers).toHaveLength(1);
  expect(model.at.layers[0]!.weight.shape).toEqual([1, 1]);
  expect(fc.stringify(model)).toMatch(/^1 × 1 → 1 tanh normalized, square \(seed \d+, 1 digits\)$/);
});
