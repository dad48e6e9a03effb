import { type AnyTensor, add, customGradient, exp, mul, relu, sum, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { Runs, sameValues, Thrown } from "../../src/engine/runs.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { double } from "./context-for.ts";

const runsOf = (f: (x: AnyTensor) => unknown, at = double([1, -2])): Runs => new Runs(subjectOf(f, at));
const direction = Float64Array.of(1, 0.5);

test("a tape is replayed beside the point, instead of calling the function", () => {
  let calls = 0;
  const runs = runsOf((x) => {
    calls++;
    return exp(x);
  });
  const samples = [1, 0.5, 0.25].map((t) => runs.sample(t, direction));
  expect([...samples[0]!.values]).toEqual([Math.exp(2), Math.exp(-1.5)]);
  expect(runs.isReplayed).toBe(true);
  // Once to record, and once to see whether the tape does the same.
  expect(calls).toBe(2);
  expect(runs.count).toBe(2 + 3);
});

test("a function that reads values, or does something else than its tape, is called", () => {
  const reading = runsOf((x) => mul(x, Number(sum(x).item())));
  expect([...reading.sample(1, direction).values]).toEqual([2 * 0.5, -1.5 * 0.5]);
  expect(reading.isReplayed).toBe(false);

  let calls = 0;
  const counting = runsOf((x) => mul(x, ++calls));
  counting.sample(1, direction);
  expect(counting.isReplayed).toBe(false);
});

test("changed decisions are told, within functions with gradients of their own too", () => {
  const custom = customGradient((x: AnyTensor) => ({ value: relu(x), pullBack: (g) => g }));
  for (const f of [relu, custom, (x: AnyTensor) => custom(add(x, 0))]) {
    const runs = runsOf(f);
    expect(runs.sample(1, direction).changes.count).toBe(0);
    expect(runs.sample(-2, direction).changes.told[0]).toMatchObject({ operation: "relu", index: [0] });
  }
});

test("what is not finite is told", () => {
  const runs = runsOf((x) => exp(mul(x, 100)));
  expect(runs.sample(0, direction).isFinite).toBe(true);
  expect(runs.sample(20, direction).isFinite).toBe(false);
});

test("what the function throws is told from what the check throws", () => {
  let calls = 0;
  const f = (x: AnyTensor): AnyTensor => {
    if (++calls === 2) throw new Error("boom");
    return x;
  };
  const runs = runsOf(f);
  expect(() => runs.isRepeatable()).toThrow(Thrown);
  expect(runs.isRepeatable()).toBe(true);
  try {
    runsOf(() => {
      throw new RangeError("no");
    });
  } catch (error) {
    expect([(error as Thrown).during, (error as Thrown).message]).toEqual(["evaluation 1", "no"]);
  }
  expect(() => runsOf(() => 3)).toThrow("checkGradients: the function returned no tensor");
});

test("a function with another number of results beside the point is told", () => {
  let calls = 0;
  const runs = runsOf((x) => (++calls > 1 ? [x, x] : x));
  expect(() => runs.sample(1, direction)).toThrow("there are 4 results, and 2 before");
});

test("the point is a copy", () => {
  const at = double([1, -2]);
  expect(runsOf((x) => x, at).tensors[0]).not.toBe(at);
  expect(runsOf((x) => x, at).isUntouched).toBe(true);
});

test("values are the same bit by bit, but for NaN", () => {
  expect(sameValues(Float64Array.of(1, Number.NaN), Float64Array.of(1, Number.NaN))).toBe(true);
  expect(sameValues(Float64Array.of(0), Float64Array.of(-0))).toBe(false);
  expect(sameValues(Float64Array.of(1), Float64Array.of(1, 2))).toBe(false);
  expect(tensor(1).shape).toEqual([]);
});
