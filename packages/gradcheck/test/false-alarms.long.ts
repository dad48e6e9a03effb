import * as core from "@tapegrad/core";
import {
  type AnyTensor,
  add,
  foldIn,
  isChecked,
  type Key,
  key,
  linear,
  mean,
  normal,
  relu,
  square,
  sub,
  sum,
  uniform,
} from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isConstant } from "../src/check-sample.ts";
import { checkGradients, type GradientReport } from "../src/index.ts";
import { calls } from "../src/property.ts";

/** How reports came out; the text of those that fail. */
interface Outcome {
  readonly runs: number;
  readonly inconclusive: number;
  readonly failures: readonly string[];
}

function outcomeOf(
  runs: number,
  check: (run: number) => { readonly report: GradientReport; readonly of: () => string },
): Outcome {
  const failures: string[] = [];
  let inconclusive = 0;
  for (let run = 0; run < runs; run++) {
    const { report, of } = check(run);
    if (report.verdict === "inconclusive") inconclusive++;
    if (report.verdict === "fail") failures.push(`run ${run}, ${of()}\n${report}`);
  }
  return { runs, inconclusive, failures };
}

/** No right gradient fails, and hardly any cannot be told. */
function expectNoAlarm({ runs, inconclusive, failures }: Outcome): void {
  expect(failures).toEqual([]);
  expect(inconclusive).toBeLessThanOrEqual(runs / 100);
}

const RUNS = 1000;
const double = { dtype: "float64" } as const;

/** Calls of each operation. */
const CALLS = 500;

test("operations as they are, each by itself", () => {
  const tooUnclear: string[] = [];
  const failures: string[] = [];
  let runs = 0;
  for (const op of Object.values(core)) {
    if (!isChecked(op) || op.definition.samples.length === 0 || isConstant(op.definition)) continue;
    const drawn = fc
      .sample(calls(op), { numRuns: CALLS, seed: 1 })
      .filter(({ at, f }) => at.some(({ size }) => size > 0) && f(at).length > 0);
    const outcome = outcomeOf(drawn.length, (run) => {
      const { f, at } = drawn[run]!;
      return { report: checkGradients(f, at, { explain: false, key: run }), of: () => fc.stringify(drawn[run]) };
    });
    runs += outcome.runs;
    failures.push(...outcome.failures);
    if (outcome.inconclusive > outcome.runs / 100) {
      tooUnclear.push(`${op.definition.name}: ${outcome.inconclusive} of ${outcome.runs}`);
    }
  }
  expect(failures).toEqual([]);
  expect(tooUnclear).toEqual([]);
  expect(runs).toBeGreaterThan(10 * RUNS);
});

/** A network one of whose units is that close to its kink: within the stencil of differences, however fine. */
function nearKink(
  k: Key,
  distance: number,
): {
  f: (at: { w: AnyTensor; b: AnyTensor; v: AnyTensor }) => AnyTensor;
  at: { w: AnyTensor; b: AnyTensor; v: AnyTensor };
} {
  const draw = (i: number, shape: readonly number[]): AnyTensor => normal(foldIn(k, i), shape, double) as AnyTensor;
  const [x, w, v] = [draw(0, [4, 3]), draw(1, [5, 3]), draw(2, [1, 5])];
  const before = linear(x, w);
  // The bias of each unit moves the unit's input for one of the examples next to 0.
  const offsets = Float64Array.from(
    { length: 5 },
    (_, unit) => distance * (unit + 1) - Number(before.data()[(unit % 4) * 5 + unit]),
  );
  const at = { w, b: core.adopt(offsets) as AnyTensor, v };
  return { at, f: ({ w, b, v }) => mean(square(linear(relu(linear(x, w, b)), v))) as AnyTensor };
}

test("a relu network with kinks inside the stencil", () => {
  expectNoAlarm(
    outcomeOf(RUNS, (run) => {
      const distance = 10 ** -(2 + (run % 5)) * (run % 2 === 0 ? 1 : -1);
      const { f, at } = nearKink(foldIn(key(7), run), distance);
      return { report: checkGradients(f, at, { explain: false, key: run }), of: () => `distance ${distance}` };
    }),
  );
});

test("((x + 1e6) − 1e6)², whose rounding errors are not those of its size", () => {
  const f = (x: AnyTensor): AnyTensor => sum(square(sub(add(x, 1e6), 1e6))) as AnyTensor;
  expectNoAlarm(
    outcomeOf(RUNS, (run) => {
      const x = uniform(foldIn(key(3), run), [3], { low: -2, high: 2, ...double }) as AnyTensor;
      return { report: checkGradients(f, x, { explain: false, key: run }), of: () => String(x.toArray()) };
    }),
  );
});
