import { readFileSync } from "node:fs";
import { ArgumentError } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constant, cosine, exponentialDecay, polynomialDecay, type Schedule, stepDecay } from "../src/index.ts";

interface Case {
  readonly id: string;
  readonly op: string;
  readonly attrs: Readonly<Record<"base_lr" | "step_size" | "gamma" | "total_iters" | "power", number>>;
  readonly lrs: readonly number[];
}

const makers: Readonly<Record<string, (attrs: Case["attrs"]) => Schedule>> = {
  step: ({ base_lr, step_size, gamma }) => stepDecay(base_lr, step_size, gamma),
  exponential: ({ base_lr, gamma }) => exponentialDecay(base_lr, gamma),
  polynomial: ({ base_lr, total_iters, power }) => polynomialDecay(base_lr, total_iters, power),
};
const cases: readonly Case[] = JSON.parse(readFileSync(new URL("./fixtures/schedules.json", import.meta.url), "utf8"));

test.each(cases.filter(({ op }) => op in makers))("$id: the numbers of PyTorch", ({ op, attrs, lrs }) => {
  const schedule = makers[op]!(attrs);
  lrs.forEach((rate, step) => void expect(Math.abs(schedule(step) - rate)).toBeLessThan(1e-13));
});

describe("cosine", () => {
  test("half a cosine, from the base at step 0 to the floor at the total", () => {
    const schedule = cosine(0.1, { total: 6, floor: 0.02 });
    const expected = Array.from({ length: 7 }, (_, t) => 0.02 + (0.08 * (1 + Math.cos((Math.PI * t) / 6))) / 2);
    expected.forEach((rate, step) => void expect(schedule(step)).toBeCloseTo(rate, 14));
    expect([schedule(0), schedule(6), schedule(1000)]).toEqual([0.1, 0.02, 0.02]);
  });

  test("rises over the warm-up, then falls", () => {
    const whole = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(whole, fc.integer({ min: 1, max: 50 }), (warmup, rest) => {
        const schedule = cosine(0.1, { total: warmup + rest, warmup });
        const rates = Array.from({ length: warmup + rest + 2 }, (_, step) => schedule(step));
        expect(rates[warmup]).toBeCloseTo(0.1, 14);
        if (warmup > 0) expect(rates[warmup - 1]).toBeCloseTo(0.1, 14);
        rates.slice(1, warmup).forEach((rate, i) => void expect(rate).toBeGreaterThan(rates[i]!));
        rates.slice(warmup + 1).forEach((rate, i) => void expect(rate).toBeLessThanOrEqual(rates[warmup + i]!));
        expect(rates.at(-1)).toBeCloseTo(0, 14);
      }),
    );
  });
});

test("constant", () => {
  expect([constant(0.1)(0), constant(0.1)(1e6)]).toEqual([0.1, 0.1]);
});

describe("errors", () => {
  test.each([
    ["no options", () => cosine(0.1, undefined as never), /cosine: the options are undefined; give an object of total/],
    ["a number for options", () => cosine(0.1, 100 as never), /cosine: the options are 100; give an object of total/],
    ["a misspelt option", () => cosine(0.1, { total: 9, warmUp: 2 } as never), /no option "warmUp"; use total, warmup/],
    ["a text for a number", () => cosine("0.1" as never, { total: 9 }), /cosine: base is "0.1"; give/],
    ["a negative rate", () => constant(-1), /constant: learningRate is -1; give/],
    ["half a step", () => stepDecay(0.1, 0.5, 0.5), /stepDecay: the step size is 0.5; give a whole number/],
    ["no gamma", () => exponentialDecay(0.1, Number.NaN), /exponentialDecay: gamma is NaN/],
    ["no total", () => polynomialDecay(0.1, 0), /polynomialDecay: the total is 0/],
    [
      "a warm-up that is too long",
      () => cosine(0.1, { total: 5, warmup: 5 }),
      /a warm-up of 5 steps leaves nothing of 5/,
    ],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ArgumentError);
  });
});
