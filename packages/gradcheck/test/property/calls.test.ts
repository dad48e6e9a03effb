import * as core from "@tapegrad/core";
import { ArgumentError, isChecked, sizeOf } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { calls, gradientProperty } from "../../src/property.ts";
import { withScaledRule } from "./planted.ts";

const checked = Object.values(core).filter((op) => isChecked(op) && op.definition.samples.length > 0);

test("calls of every operation go through, and compute the same for the tensors that they came with", () => {
  for (const op of checked) {
    for (const { operation, args, at, f } of fc.sample(calls(op), { numRuns: 3, seed: 1 })) {
      expect(operation).toBe((op as unknown as { definition: { name: string } }).definition.name);
      const again = f(at);
      const first = core.treeLeaves((op as (...args: readonly unknown[]) => unknown)(...args));
      const floats = first.flatMap(({ value }) => (core.isTensor(value) && value.dtype === "float64" ? [value] : []));
      expect(again.map((x) => x.toArray())).toEqual(floats.map((x) => x.toArray()));
    }
  }
});

test("attributes come from the samples, lengths of axes vary where the operation takes them", () => {
  const drawn = fc.sample(calls(core.gemm), { numRuns: 100, seed: 1 });
  const options = new Set(drawn.map(({ args }) => JSON.stringify(args[2] ?? {})));
  expect(options).toContain(JSON.stringify({ transposeA: true, transposeB: true }));
  const shapes = drawn.map(({ at }) => at[0]!.shape);
  expect(new Set(shapes.map((shape) => shape.join())).size).toBeGreaterThan(10);
  expect(shapes.some((shape) => sizeOf(shape) > 20)).toBe(true);
});

test("values are in the range that the sample says", () => {
  fc.assert(
    fc.property(calls(core.log), ({ at }) => at.every((x) => x.data().every((value) => value >= 0.2 && value <= 3))),
  );
});

test("calls shrink to short axes and few digits, and print themselves", () => {
  const { counterexample } = fc.check(gradientProperty(calls(withScaledRule(core.gemm, 2))), { seed: 1 });
  const [{ at }] = counterexample as unknown as [{ at: core.AnyTensor[] }];
  expect(at.map(({ shape }) => sizeOf(shape))).toEqual([1, 1]);
  expect(fc.stringify(counterexample)).toMatch(/gemm\(tensor\(\[\[-?[01]\]\], { dtype: "float64" }\)/);
});

test("what is no operation is refused", () => {
  expect(() => calls(Math.exp)).toThrow(ArgumentError);
  expect(() =>
    calls(core.defineOp({ ...core.exp, name: "none", infer: ([x]) => x!, forward: ([x]) => x!.data(), samples: [] })),
  ).toThrow("calls: this is no operation with samples");
});
