import { argmax, exp, gemm, key, layerNorm, type OpDef, reshape } from "@tapegrad/core";
import { expect, test } from "vitest";
import type { Call } from "../src/check-sample.ts";
import { callsAt, type Size } from "../src/kill-rate-calls.ts";

const shapesOf = (op: unknown, size: Size): string[] =>
  callsAt(op as Call, (op as { definition: OpDef }).definition, size, key(1)).map(({ drawn }) =>
    drawn.floats.map((x) => `[${x.shape}]`).join(" "),
  );

test("samples are brought to two sizes", () => {
  expect(shapesOf(exp, "3×4").slice(0, 2)).toEqual(["[3,4]", "[]"]);
  expect(shapesOf(exp, "12×16")[0]).toBe("[12,16]");
  expect(shapesOf(gemm, "12×16")[0]).toBe("[12,16] [16,20]");
});

test("lengths among the other arguments go along where that is needed", () => {
  expect(shapesOf(layerNorm, "3×4")[0]).toBe("[3,4]");
  expect(shapesOf(reshape, "12×16")[0]).toBe("[12,16]");
});

test("calls without elements or without float results are left out", () => {
  expect(shapesOf(exp, "3×4").some((shapes) => shapes.includes("0"))).toBe(false);
  expect(shapesOf(argmax, "3×4")).toEqual([]);
});

test("a call runs any copy of the operation on its arguments", () => {
  const [call] = callsAt(exp as unknown as Call, (exp as unknown as { definition: OpDef }).definition, "3×4", key(1));
  expect(call!.of(exp as unknown as Call)(call!.drawn.floats)[0]!.shape).toEqual([3, 4]);
});
