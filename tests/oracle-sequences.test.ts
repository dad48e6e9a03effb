import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runCase } from "../scripts/oracle/run-case.ts";
import type { Case } from "../scripts/oracle/schema.ts";

// Forms that the oracle's own cases leave out: directions, no biases, other layouts, keys of their own, made with PyTorch 1.13 in its schema.
const { cases } = JSON.parse(readFileSync(new URL("./fixtures/oracle/sequences.json", import.meta.url), "utf8")) as {
  cases: readonly Case[];
};

test.each(cases)("$op $attrs agrees: values, gradients, Hessian-vector products, float32", (spec) => {
  expect(runCase(spec)).toEqual({ verdict: "passed" });
});

test("a bias in the place of another is found out", () => {
  const spec = cases.find(({ attrs }) => attrs.layers === 2)!;
  const inputs = spec.inputs!.toSpliced(-1, 1, spec.inputs!.at(-2)!);
  expect(runCase({ ...spec, inputs }).verdict).toBe("failed");
});
