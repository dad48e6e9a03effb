import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { firstDifference } from "../scripts/oracle/compare.ts";
import { runCase } from "../scripts/oracle/run-case.ts";
import { runCases } from "../scripts/oracle/run-cases.ts";
import { type Case, toTensor } from "../scripts/oracle/schema.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`./fixtures/oracle/${name}`, import.meta.url), "utf8"));
const cases = read("cases.json").cases as readonly Case[];

describe("numeric cases of a reference implementation", () => {
  const report = runCases(cases);

  test("all that we have agrees: values, gradients, forward mode, Hessian-vector products, float32", () => {
    expect(report.failures).toEqual([]);
    expect(report.total.passed).toBeGreaterThan(0);
  });

  test("what we have not is exactly the committed list, which may only shrink", () => {
    expect(report.missing).toEqual(read("unsupported.json"));
  });
});

describe("the runner itself", () => {
  const spec = cases.find(({ id }) => id.startsWith("binary/mul/"))!;
  const wrong = (field: "outputs" | "grads" | "hvp"): Case => ({
    ...spec,
    [field]: spec[field]!.map(
      (stored) => stored && { ...stored, data: stored.data.map((value) => Number(value) + 1e-6) },
    ),
  });

  test.each(["outputs", "grads", "hvp"] as const)("reports a difference in %s", (field) => {
    const outcome = runCase(wrong(field));
    expect(outcome.verdict).toBe("failed");
    expect(outcome).toHaveProperty("difference", expect.stringMatching(/^(output|gradient|hvp) 0\[0\]: /));
  });

  test("an infinity is equal to itself only", () => {
    const stored = (value: number | "inf" | "-inf" | "nan") => ({ shape: [1], dtype: "f64" as const, data: [value] });
    const difference = (a: number | "inf" | "-inf" | "nan", b: number | "inf" | "-inf" | "nan") =>
      firstDifference("x", toTensor(stored(a)), stored(b), { rtol: 1e-9, atol: 1e-9 });
    expect(difference("inf", "inf")).toBeUndefined();
    expect(difference("nan", "nan")).toBeUndefined();
    expect(difference("-inf", "inf")).toBeDefined();
    expect(difference(1, "inf")).toBeDefined();
    expect(difference("nan", 1)).toBeDefined();
  });

  test("an unknown operation is named", () => {
    expect(runCase({ ...spec, op: "unheard_of" })).toEqual({ verdict: "unsupported", missing: ["binary/unheard_of"] });
  });
});
