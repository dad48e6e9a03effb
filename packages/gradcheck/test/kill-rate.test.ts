import * as core from "@tapegrad/core";
import { abs, add, defineOp, draw, exp, mul, type OpDef } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { formatKillReport, killRate, killRateOf } from "../src/index.ts";

describe("killRate", () => {
  test("a sample of all mutants of core's operations is found", () => {
    const report = killRate(core, { sizes: ["3×4"], every: 12, inputs: 200 });
    expect(report.total[0].planted).toBeGreaterThan(100);
    expect(report.survivors, formatKillReport(report)).toEqual([]);
    expect(report.alarms).toEqual([]);
  });

  test("a mutant that is the same function is equivalent, and not killed", () => {
    const { total, equivalents } = killRate({ add }, { sizes: ["3×4"], inputs: 100 });
    expect(total[0].equivalent).toBe(1);
    expect(total[0].planted).toBe(total[0].killed + 1);
    expect(equivalents).toMatchObject([{ operation: "add", mutation: { kind: "swapped operands" }, inputs: 100 }]);
  });

  test("a mistake that shows on an edge only, where samples never go, survives", () => {
    const { definition } = abs as unknown as { definition: OpDef };
    const positive = defineOp({ ...definition, samples: [{ args: [draw([2, 3], { low: 0, high: 1 })] }] });
    const { survivors } = killRate({ positive }, { sizes: ["3×4"], inputs: 100 });
    expect(survivors).toMatchObject([
      { operation: "abs", mutation: { kind: "stale saved value" }, verdict: "not different" },
    ]);
  });

  test("an operation that is wrong as it is alarms, and its mutants are not counted as killed there", () => {
    const { definition } = exp as unknown as { definition: OpDef };
    const wrong = defineOp({
      ...definition,
      name: "wrong",
      vjp: [([g], { output }) => mul(mul(g!, output), 2) as core.AnyTensor],
    });
    const report = killRate({ wrong }, { sizes: ["3×4"], every: 4, inputs: 10 });
    expect(report.alarms[0]).toBe("wrong, 3×4, round 0, call 0");
    expect(report.total[0].killed).toBe(0);
    expect(formatKillReport(report)).toMatch(/^fails as it is: wrong, 3×4/m);
  });

  test("the seed is that of all random numbers", () => {
    const text = (seed: number): string => formatKillReport(killRate({ exp, add }, { seed, every: 3, inputs: 50 }));
    expect(text(7)).toBe(text(7));
    expect(killRate({ exp }, { seed: 7, sizes: ["3×4"] }).survivors).toEqual([]);
  });

  test("unknown options are refused", () => {
    expect(() => killRate({ exp }, { size: "3×4" } as never)).toThrow(/killRate: .*size/);
  });
});

test("a report has a row for each operation, and the rates", () => {
  const lines = formatKillReport(killRate({ exp, add }, { sizes: ["12×16"], inputs: 50 })).split("\n");
  expect(lines[0]).toMatch(/^operation {2}order 1: planted {2}equivalent {2}killed {2}survived/);
  expect(lines.slice(1, 4).map((line) => line.split(/ +/)[0])).toEqual(["exp", "add", "all"]);
  expect(lines.at(-1)).toBe("killed 100 % of the mutants wrong at order 1, 100 % of those wrong at order 2 only");
});

test("equivalent mutants do not count", () => {
  expect(killRateOf({ planted: 10, equivalent: 2, killed: 6, survived: 2 })).toBe(0.75);
  expect(killRateOf({ planted: 2, equivalent: 2, killed: 0, survived: 0 })).toBe(1);
});

test.each([
  [
    "no operation",
    () => killRate({}),
    "killRate: no mistake could be planted in nothing; give operations with gradient rules",
  ],
  [
    "a size that there is not",
    () => killRate(core, { sizes: ["tiny"] as never }),
    'killRate: there is no size "tiny"; use',
  ],
  ["every 0th mutation", () => killRate(core, { every: 0 }), "killRate: every is 0; give a whole number of 1 or more"],
])("refuses %s, rather than find nothing wrong", (_, f, message) => {
  expect(f).toThrow(message);
});
