import { readFileSync } from "node:fs";
import { ArgumentError } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  constant,
  cosine,
  cosineRestarts,
  exponentialDecay,
  inverseSquareRoot,
  linear,
  multistepDecay,
  oneCycle,
  polynomialDecay,
  product,
  type Schedule,
  sequential,
  stepDecay,
  warmup,
} from "../src/index.ts";

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

describe("schedules of schedules", () => {
  const rates = (schedule: Schedule, steps: number): number[] => Array.from({ length: steps }, (_, t) => schedule(t));
  const falling = stepDecay(1, 2, 0.5);

  test("a warm-up rises to where the schedule begins, which then counts from 0", () => {
    expect(rates(warmup(falling, 2), 6)).toEqual([0.5, 1, 1, 1, 0.5, 0.5]);
    const whole = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(whole, whole, fc.nat(100), (steps, rest, step) => {
        const ours = warmup(cosine(0.1, { total: rest }), steps);
        expect(ours(step)).toBeCloseTo(cosine(0.1, { total: steps + rest, warmup: steps })(step), 14);
      }),
    );
  });

  test("one after another, the last one stays", () => {
    const schedule = sequential([
      [falling, 3],
      [constant(7), 2],
      [falling, 1],
    ]);
    expect(rates(schedule, 9)).toEqual([1, 1, 0.5, 7, 7, 1, 1, 0.5, 0.5]);
  });

  test("products, of numbers too; of nothing it is 1", () => {
    expect(rates(product(falling, 2, falling), 4)).toEqual([2, 2, 0.5, 0.5]);
    expect(product()(3)).toBe(1);
  });
});

test("the inverse square root rises in a line, is at its base at the end of the warm-up, and falls by half at 4 times that", () => {
  const schedule = inverseSquareRoot(0.8, 4);
  expect([0, 1, 3, 15, 63].map(schedule)).toEqual([0.2, 0.4, 0.8, 0.4, 0.2]);
});

test("restarts: periods grow, and later steps than any are cheap", () => {
  const schedule = cosineRestarts(1, { period: 1, growth: 2 });
  expect([0, 1, 3, 7, 15].map(schedule)).toEqual([1, 1, 1, 1, 1]);
  expect(schedule(2)).toBeCloseTo(0.5, 14);
  expect(cosineRestarts(1, { period: 3 })(3e12)).toBe(1);
});

test("a cycle whose rise is one step, or no step, has no division by 0; after the end it stays", () => {
  for (const rise of [0, 0.1, 1]) {
    const schedule = oneCycle(1, { total: 10, rise });
    const rates = Array.from({ length: 12 }, (_, step) => schedule(step));
    expect(rates.every(Number.isFinite)).toBe(true);
    expect(rates[11]).toBe(1 / 25 / 1e4);
  }
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
    ["half a step", () => stepDecay(0.1, 0.5, 0.5), /stepDecay: stepSize is 0.5; give a whole number/],
    ["no gamma", () => exponentialDecay(0.1, Number.NaN), /exponentialDecay: gamma is NaN/],
    ["no total", () => polynomialDecay(0.1, 0), /polynomialDecay: total is 0/],
    ["no schedule", () => warmup(0.1 as never, 5), /warmup: a schedule is 0.1; give a function of the step/],
    ["no steps", () => warmup(constant(1), 0), /warmup: steps is 0; give a whole number above 0/],
    ["no parts", () => sequential([]), /sequential: there are no parts; give pairs/],
    ["a part without steps", () => sequential([[constant(1)] as never]), /sequential: steps is undefined/],
    ["a negative factor", () => product(-1), /product: factor is -1/],
    ["half a milestone", () => multistepDecay(1, [3, 4.5], 0.1), /multistepDecay: a milestone is 4.5; give whole/],
    ["no line", () => linear(1, Number.NaN, 3), /linear: to is NaN/],
    ["no warm-up", () => inverseSquareRoot(1, 0), /inverseSquareRoot: warmup is 0/],
    ["half a period", () => cosineRestarts(1, { period: 2.5 }), /cosineRestarts: period is 2.5/],
    ["a shrinking period", () => cosineRestarts(1, { period: 2, growth: 0.5 }), /cosineRestarts: growth is 0.5/],
    ["a rise above 1", () => oneCycle(1, { total: 9, rise: 30 }), /oneCycle: rise is 30; give a share from 0 to 1/],
    ["no divisor", () => oneCycle(1, { total: 9, divisor: 0 }), /oneCycle: divisor is 0; give a finite number above 0/],
    [
      "an unknown form",
      () => oneCycle(1, { total: 9, anneal: "cos" as never }),
      /oneCycle: anneal is "cos"; give "cos/,
    ],
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
