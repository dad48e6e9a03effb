import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as core from "@tapegrad/core";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { GradientCheckError } from "../../src/index.ts";
import { type RandomTape, tapes } from "../../src/property.ts";
import { withScaledRule } from "./planted.ts";

const folder = fileURLToPath(new URL(`../../../../out/tapes-${process.pid}`, import.meta.url));
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a printed test. A test cannot start another one, so that its body is called at once. */
async function runPrinted(name: string, printed: string): Promise<void> {
  const direct = printed.replace(
    'import { test } from "vitest";',
    "const test = (_: string, body: () => void): void => body();",
  );
  writeFileSync(`${folder}/${name}.ts`, direct);
  await import(/* @vite-ignore */ `${folder}/${name}.ts`);
}

test("a tape prints itself as a test that can be read", () => {
  const arbitrary = tapes({ operations: { exp: core.exp, split: core.split }, maxInputs: 1 });
  const lacksOne = (tape: RandomTape): boolean => !/exp\([\s\S]*split\(/.test(String(tape));
  const { counterexample } = fc.check(fc.property(arbitrary, lacksOne), { seed: 1 });
  expect(
    String(counterexample![0]),
  ).toBe(`import { type AnyTensor, add, exp, mul, split, sum, tensor } from "@tapegrad/core";
import { assertGradients } from "@tapegrad/gradcheck";
import { test } from "vitest";

test("the gradient of exp, split", () => {
  const f = ([x0, x1]: readonly [AnyTensor, AnyTensor]): AnyTensor => {
    const v0 = exp(x0);
    const v1 = split(x1, [1, 0, 4], 1);
    return add(mul(v0, 0.65), sum(mul(v1[2]!, tensor([[0.7, -0.93, 1.1, 0.9]], { dtype: "float64" }))));
  };
  assertGradients(f, [
    tensor(0, { dtype: "float64" }),
    tensor([[0, 0, 0, 0, 0]], { dtype: "float64" }),
  ]);
});
`);
});

test("printed tests run, and pass where the gradient is right", async () => {
  const drawn = fc.sample(tapes(), { numRuns: 25, seed: 5 });
  for (const [i, tape] of drawn.entries()) await runPrinted(`right-${i}`, String(tape));
});

test("the printed test of a counterexample fails, with operations from the module that was named", async () => {
  writeFileSync(
    `${folder}/mine.ts`,
    `import { exp } from "@tapegrad/core";
     import { withScaledRule } from ${JSON.stringify(fileURLToPath(new URL("./planted.ts", import.meta.url)))};
     export const wrong = withScaledRule(exp, 2);`,
  );
  const wrong = withScaledRule(core.exp, 2) as typeof core.exp & { definition: { name: string } };
  Object.assign(wrong.definition, { name: "wrong" });
  const arbitrary = tapes({ operations: { wrong }, from: "./mine.ts" });
  const isUnused = (tape: RandomTape): boolean => !/wrong\(/.test(String(tape));
  const { counterexample } = fc.check(fc.property(arbitrary, isUnused), { seed: 1 });
  const printed = String(counterexample![0]);
  expect(printed).toContain('import { wrong } from "./mine.ts";');
  await expect(runPrinted("wrong", printed)).rejects.toThrow(GradientCheckError);
});

test("an operation that is called as one of core's is imported under another name", () => {
  const mul = withScaledRule(core.mul, 2);
  const [tape] = fc.sample(tapes({ operations: { mul }, minNodes: 3 }), { numRuns: 1, seed: 1 });
  expect(String(tape)).toMatch(/\bmul as mul2\b/);
});
