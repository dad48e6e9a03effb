import { inspect } from "node:util";
import { type Key, key, ones, splitKey, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import {
  BatchNorm,
  Conv2d,
  Dropout,
  Embedding,
  GlobalAvgPool,
  Linear,
  Relu,
  Residual,
  Sequential,
  summary,
} from "../src/index.ts";

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

test("with an input, layers with their outputs and costs, computed from shapes alone", () => {
  const [a, b] = splitKey(key(0)) as [Key, Key];
  const model = new Sequential(
    new Residual(new Sequential(new Conv2d(2, 2, 3, { key: a, padding: 1 }), new BatchNorm(2))),
    new Relu(),
    new GlobalAvgPool(),
    new Dropout(0.5),
    new Linear(2, 5, { key: b }),
  );
  const result = summary(model, { input: [4, 2, 8, 8] });
  expect(result.layers.map(({ path, layer }) => `${path} ${layer}`)).toEqual([
    " Sequential",
    "layers.0 Residual",
    "layers.0.inner Sequential",
    "layers.0.inner.layers.0 Conv2d",
    "layers.0.inner.layers.1 BatchNorm",
    "layers.1 Relu",
    "layers.2 GlobalAvgPool",
    "layers.3 Dropout",
    "layers.4 Linear",
  ]);
  expect(result.layers.map(({ outputs }) => outputs[0])).toEqual([
    [4, 5],
    ...new Array(5).fill([4, 2, 8, 8]),
    [4, 2],
    [4, 2],
    [4, 5],
  ]);
  expect(result.layers.map(({ parameters }) => parameters)).toEqual([57, 42, 42, 38, 4, 0, 0, 0, 15]);
  const at = (path: string): (typeof result.layers)[number] => result.layers.find((row) => row.path === path)!;
  const elements = 4 * 2 * 64;
  // 2 operations for each weight of each output, and the bias.
  expect(at("layers.0.inner.layers.0").flops).toBe(2 * elements * 18 + elements);
  expect(at("layers.1")).toMatchObject({ flops: elements, bytes: 4 * elements });
  expect(at("layers.3")).toMatchObject({ flops: 0, bytes: 0 });
  expect(at("layers.4").flops).toBe(2 * 4 * 2 * 5 + 4 * 5);
  const outermost = ["layers.0", "layers.1", "layers.2", "layers.3", "layers.4"].map(at);
  expect(result.flops).toBe(outermost.reduce((sum, { flops }) => sum + flops, 0));
  expect(at("").bytes).toBe(outermost.reduce((sum, { bytes }) => sum + bytes, 0));
  expect([result.parameters, result.buffers]).toEqual([57, 4]);
  expect(String(result)).toContain("layers.4                 Linear         [4, 5]");
  expect(inspect(result)).toBe(String(result));
});

test("inputs of other dtypes, a module that stands twice, and errors", () => {
  const table = new Embedding(5, 2, { key: key(0) });
  expect(summary(table, { input: tensor([[1, 2]], { dtype: "int32" }) }).layers[0]!.outputs).toEqual([[1, 2, 2]]);
  const twice = new Linear(3, 3, { key: key(0) });
  const { layers, parameters } = summary(new Sequential(twice, twice), { input: ones([2, 3]) });
  expect(layers.map(({ path }) => path)).toEqual(["", "layers.0", "layers.1"]);
  expect([layers[0]!.flops, parameters]).toEqual([2 * layers[1]!.flops, 12]);
  expect(() => summary(twice, { input: [2, 4] })).toThrow(/Linear: x is \[2, 4\], the weight is \[3, 3\]/);
  expect(() => summary({} as never, { input: [1] })).toThrow(/summary: what takes an input is a module; give one/);
  expect(() => summary(twice, { inputs: [2, 3] } as never)).toThrow(/summary: there is no option "inputs"/);
});
