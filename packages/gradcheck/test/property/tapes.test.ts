import * as core from "@tapegrad/core";
import { type AnyTensor, ArgumentError, isChecked, isTensor } from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradientProperty, tapes } from "../../src/property.ts";

const drawn = fc.sample(tapes(), { numRuns: 400, seed: 1 });

describe("random tapes", () => {
  test("are functions of tensors of float64 whose results and loss are finite", () => {
    for (const { at, run, f } of drawn) {
      expect(at.every(({ dtype }) => dtype === "float64")).toBe(true);
      expect(run(at).every((result) => isTensor(result) && result.data().every(Number.isFinite))).toBe(true);
      expect(f(at).shape).toEqual([]);
    }
  });

  test("are the same for the same seed", () => {
    const again = fc.sample(tapes(), { numRuns: 20, seed: 1 });
    expect(again.map(String)).toEqual(drawn.slice(0, 20).map(String));
  });

  test("do not depend on the order in which a module's exports come", () => {
    const { add, exp, mul, sin } = core;
    const [one, other] = [
      { add, exp, mul, sin },
      { sin, mul, exp, add },
    ].map((operations) => fc.sample(tapes({ operations }), { numRuns: 10, seed: 1 }).map(String));
    expect(one).toEqual(other);
  });

  test("reach every operation with samples", () => {
    const names = Object.values(core).flatMap((op) =>
      isChecked(op) && op.definition.samples.length > 0 ? [op.definition.name] : [],
    );
    const more = fc.sample(tapes({ minNodes: 30 }), { numRuns: 60, seed: 2 });
    expect(new Set(more.flatMap(({ operations }) => operations))).toEqual(new Set(names));
  });

  test("fan out, and bring together what they fanned out", () => {
    const fanOut = drawn.filter(({ plan }) => {
      const used = plan.sources.flatMap((sources) => [...new Set(sources)]);
      return new Set(used).size < used.length;
    });
    const twice = drawn.filter(({ plan }) => plan.sources.some((sources) => new Set(sources).size < sources.length));
    const joins = drawn.filter(({ plan }) => plan.sources.some((sources) => new Set(sources).size > 1));
    const several = drawn.filter(({ plan }) => plan.outputs.length > 1);
    for (const some of [fanOut, twice, joins, several]) expect(some.length).toBeGreaterThan(drawn.length / 10);
  });

  test("use one tensor twice where an operation takes one value twice", () => {
    const doubled = fc.sample(tapes({ operations: { mul: core.mul }, maxNodes: 2 }), { numRuns: 100, seed: 1 });
    expect(doubled.some((tape) => /mul\((\w+), \1\)/.test(String(tape)))).toBe(true);
  });

  test("keep to the numbers asked for", () => {
    for (const tape of fc.sample(tapes({ minNodes: 3, maxNodes: 4, maxInputs: 1 }), 50)) {
      expect(tape.at).toHaveLength(1);
      expect([3, 4]).toContain(tape.operations.length);
    }
  });
});

test("a namespace without operations is refused", () => {
  expect(() => tapes({ operations: { f: (x: AnyTensor) => x } })).toThrow(ArgumentError);
  expect(() => tapes({ operations: {} })).toThrow("tapes: there is no operation with samples among nothing");
  expect(() => tapes({ nodes: 3 } as never)).toThrow(/tapes: .*nodes/);
});

test("gradients of 150 tapes agree with differences", () => {
  fc.assert(gradientProperty(tapes(), { explain: false }), { numRuns: 150, seed: 4 });
});
