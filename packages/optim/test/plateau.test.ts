import { readFileSync } from "node:fs";
import { ArgumentError, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { edit, type PlateauOptions, plateau, sgd } from "../src/index.ts";

interface Case extends PlateauOptions {
  readonly values: readonly number[];
  readonly rates: readonly number[];
}

const cases: readonly Case[] = JSON.parse(readFileSync(new URL("./fixtures/plateau.json", import.meta.url), "utf8"));

test.each(cases)(
  "the numbers of PyTorch: $mode, $thresholdMode, patience $patience",
  ({ values, rates, ...options }) => {
    const watcher = plateau({ ...options, factor: 0.5, threshold: 0.05 });
    let state = watcher.init(0.1);
    values.forEach((value, i) => {
      state = watcher.update(state, value);
      expect(state.learningRate).toBeCloseTo(rates[i]!, 12);
    });
    expect(new Set(rates).size).toBeGreaterThan(1);
  },
);

test("a state is plain data, and its rate goes into that of an optimizer", () => {
  const watcher = plateau({ patience: 0, factor: 0.5 });
  const watched = watcher.update(watcher.update(watcher.init(0.1), 1), Number.NaN);
  expect(JSON.parse(JSON.stringify(watched))).toEqual({ learningRate: 0.05, best: 1, worse: 0, cooling: 0 });
  const optimizer = sgd({ learningRate: 0.1 });
  const state = edit(optimizer.init(tensor([1])), (draft) => {
    draft.hyper.learningRate = watched.learningRate;
  });
  expect(optimizer.learningRate(state)).toBe(0.05);
});

test.each<[() => unknown, RegExp]>([
  [() => plateau({ factor: 1 }), /^plateau: factor is 1; give a number below 1/],
  [() => plateau({ mode: "least" as never }), /^plateau: mode is "least"; give "min" or "max"/],
  [() => plateau({ thresholdMode: "rel" as never }), /thresholdMode is "rel"/],
  [() => plateau({ patience: -1 }), /patience is -1/],
  [() => plateau({ minimum: 0 } as never), /there is no option "minimum"/],
  [() => plateau().init(Number.NaN), /learningRate is NaN/],
  [() => plateau().update(plateau().init(1), tensor(1) as never), /the value is float32 \[\] 1; give a number/],
])("errors: %s", (run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(ArgumentError);
});
