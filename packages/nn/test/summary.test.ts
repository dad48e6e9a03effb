import { inspect } from "node:util";
import { key, ones, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { Linear, Relu, Sequential, summary } from "../src/index.ts";

test("a table and the same as data", () => {
  const model = new Sequential(new Linear(2, 1000, { key: key(0) }), new Relu(), new Linear(1000, 1, { key: key(1) }));
  const result = summary(model);
  expect([result.parameters, result.buffers, result.bytes]).toEqual([4001, 0, 16004]);
  expect(result.rows[0]).toEqual({
    path: "layers.0.weight",
    kind: "parameter",
    shape: [1000, 2],
    dtype: "float32",
    count: 2000,
    tiedTo: null,
  });
  expect(String(result)).toBe(
    [
      "path             shape      dtype    count",
      "layers.0.weight  [1000, 2]  float32  2,000",
      "layers.0.bias    [1000]     float32  1,000",
      "layers.2.weight  [1, 1000]  float32  1,000",
      "layers.2.bias    [1]        float32      1",
      "4,001 parameters, 16,004 bytes",
    ].join("\n"),
  );
  expect(inspect(result)).toBe(String(result));
  expect(Object.keys(result)).toEqual(["rows", "parameters", "buffers", "bytes"]);
});

test("buffers, keys and tied weights", () => {
  const w = ones([2, 2]);
  expect(String(summary({ a: w, b: w, seen: tensor([1, 2], { dtype: "int32" }), k: key(0) }))).toBe(
    [
      "path  shape   dtype    count",
      "a     [2, 2]  float32      4",
      "b     [2, 2]  float32  = a",
      "seen  [2]     int32        2  buffer",
      "k     [2]     int32        2  key",
      "4 parameters, 2 in buffers, 32 bytes",
    ].join("\n"),
  );
  expect(String(summary(ones([3])))).toContain("(the value)");
  expect(summary({}).parameters).toBe(0);
});
