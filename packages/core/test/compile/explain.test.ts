import { expect, test } from "vitest";
import { type AnyTensor, ArgumentError, compile, exp, matmul, mul, ones, sort, sum, tanh } from "../../src/index.ts";

test("an explanation counts operations, their cost, and what they read and write", () => {
  const f = compile(
    (x: AnyTensor, w: AnyTensor) => sum(tanh(mul(exp(matmul(x, w) as AnyTensor), 2) as AnyTensor)) as AnyTensor,
  );
  f(ones([8, 16]), ones([16, 4]));
  const { units, flops, traced, entries, arenaBytes, bytesWithoutReuse, passes, ...totals } = f.explanation();
  expect([traced, entries]).toEqual([5, 5]);
  expect(passes.map(({ name }) => name)).toContain("dead code");
  expect(flops).toBe(units.reduce((total, unit) => total + unit.flops, 0));
  expect(units.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1);
  expect(units[0]).toMatchObject({ way: "kernels", flops: 2 * 8 * 16 * 4, results: ["float32 [8, 4]"] });
  expect(units[0]).toMatchObject({ bytesRead: 4 * (8 * 16 + 16 * 4), bytesWritten: 4 * 8 * 4 });
  expect(totals.bytesRead).toBe(units.reduce((total, { bytesRead }) => total + bytesRead, 0));
  expect(bytesWithoutReuse).toBeGreaterThan(0);
  expect(arenaBytes).toBeGreaterThan(0);
});

test("as text it has a line for each pass and unit, with units of measurement", () => {
  const f = compile((x: AnyTensor) => sum(exp(mul(x, 2) as AnyTensor)) as AnyTensor);
  f(ones([1000]));
  const text = f.explain();
  expect(text).toMatch(/^3 operations traced, 3 after the passes, in 1 units?, for \d+ threads?\n/);
  expect(text).toMatch(/^unit +way +operations +results +FLOPs +share +read +written$/m);
  expect(text).toMatch(/^0 +fused +mul exp sum +float32 \[\] +3 k +100 % +4 kB +4 B$/m);
  expect(text.split("\n").every((line) => line === line.trimEnd())).toBe(true);
});

test("what runs in JavaScript is named, with the reason", () => {
  const f = compile((x: AnyTensor) => sort(x) as unknown as AnyTensor);
  f(ones([5]));
  const host = f.explanation().units.filter(({ way }) => way === "host");
  for (const { reason } of host) expect(reason).toBeTypeOf("string");
  if (host.length > 0) expect(f.explain()).toMatch(/^unit \d+ runs sort in JavaScript: /m);
});

test("there is none before the first call", () => {
  expect(() => compile((x: AnyTensor) => x).explain()).toThrow(ArgumentError);
});

test("on request it tells how long each unit takes, and leaves what lies in the program's memory", () => {
  const f = compile((x: AnyTensor, w: AnyTensor) => ({ w: mul(w, 2), y: tanh(matmul(x, w) as AnyTensor) }), {
    donate: [1],
  });
  const { w } = f(ones([64, 32]), ones([32, 8]) as AnyTensor);
  const { units } = f.explanation({ time: true });
  expect(units.every(({ milliseconds = -1 }) => milliseconds >= 0)).toBe(true);
  expect(f.explanation().units.every(({ milliseconds }) => milliseconds === undefined)).toBe(true);
  expect(f.explain({ time: true })).toMatch(/^unit +way .* time +share$/m);
  expect(f(ones([64, 32]), w).w.toArray()).toEqual(mul(ones([32, 8]), 4).toArray());
});
