import { key, normal } from "@tapegrad/core";
import { expect, test } from "vitest";
import { Line } from "../../src/engine/line.ts";
import { NoiseMeter } from "../../src/engine/noise.ts";
import { CENTRAL, FORWARD } from "../../src/engine/stencils.ts";

const UNIT = 2 ** -53;
const one = Float64Array.of(1);

/** A line of a function, each value with an error that is drawn. */
function noisy(f: (t: number) => number, deviation: number, seed: number, step = 2 ** -8): Line {
  const errors = normal(key(seed), [CENTRAL.points.length], { dtype: "float64" }).data();
  const samples = CENTRAL.points.map((point, i) => Float64Array.of(f(point * step) + deviation * errors[i]!));
  return new Line(one, step, CENTRAL, samples);
}

test("a smooth function has 16 roundings of its size", () => {
  const meter = new NoiseMeter(Float64Array.of(1), UNIT);
  meter.add(noisy((t) => Math.exp(t), 0, 0));
  expect(meter.of(one) / (16 * UNIT)).toBeCloseTo(1, 0);
});

test("noise is six times the largest deviation from polynomials", () => {
  const deviation = 1e-9;
  const estimates = Array.from({ length: 40 }, (_, seed) => {
    const meter = new NoiseMeter(Float64Array.of(1), UNIT);
    meter.add(noisy(Math.exp, deviation, seed));
    return meter.of(one) / (6 * deviation);
  });
  const mean = estimates.reduce((sum, x) => sum + x, 0) / estimates.length;
  // The larger of two normal numbers, without their signs, is 1.13 standard deviations on average.
  expect(mean).toBeGreaterThan(0.8);
  expect(mean).toBeLessThan(1.5);
});

test("several lines estimate together", () => {
  const meter = new NoiseMeter(Float64Array.of(1), UNIT);
  meter.add(noisy(Math.exp, 1e-9, 0));
  const alone = meter.of(one);
  meter.add(noisy(Math.exp, 1e-7, 0));
  expect(meter.of(one) / alone).toBeCloseTo(100, 0);
});

test("a kink is noise too", () => {
  const meter = new NoiseMeter(Float64Array.of(0), UNIT);
  meter.add(noisy(Math.abs, 0, 0));
  expect(meter.of(one) * (4 / 2 ** -8)).toBeGreaterThan(1);
});

test("sizes are those of the largest values, or of what they are said to be at least", () => {
  const meter = new NoiseMeter(Float64Array.of(0, 0), UNIT, Float64Array.of(0, 5));
  meter.add(new Line(one, 1, FORWARD, [Float64Array.of(-3, 1)]));
  expect(meter.size(Float64Array.of(1, 2))).toBe(13);
});

test("neither overflows nor underflows", () => {
  for (const size of [1e-300, 1e300]) {
    const meter = new NoiseMeter(Float64Array.of(size), UNIT);
    meter.add(noisy((t) => size * Math.exp(t), 1e-9 * size, 1));
    expect(meter.of(one) / size).toBeGreaterThan(1e-10);
    expect(meter.of(one) / size).toBeLessThan(1e-7);
  }
});

test("results of terms that cancelled count as large as would round so", () => {
  const meter = new NoiseMeter(Float64Array.of(0, 0), UNIT);
  const weights = Float64Array.of(2, 0);
  meter.raiseTo(1e-15, weights);
  expect(meter.of(weights)).toBeCloseTo(1e-15, 25);
  expect(meter.of(Float64Array.of(0, 1))).toBe(0);
  meter.raiseTo(1e-15, Float64Array.of(0, 0));
  expect(meter.size(one)).toBeLessThan(1);
});
