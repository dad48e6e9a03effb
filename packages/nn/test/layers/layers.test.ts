import {
  type AnyTensor,
  add,
  conv2d,
  convTranspose2d,
  key,
  linear,
  mean,
  ones,
  square,
  std,
  sub,
  sum,
  type Tensor,
  tensor,
  treeMap,
  valueAndGrad,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import {
  apply,
  BatchNorm,
  Conv1d,
  Conv2d,
  ConvTranspose1d,
  ConvTranspose2d,
  DropPath,
  Elu,
  Embedding,
  GlobalAvgPool,
  GroupNorm,
  Hardtanh,
  LayerNorm,
  Linear,
  Pad,
  Prelu,
  Residual,
  Sequential,
  SpatialDropout,
  withUpdates,
} from "../../src/index.ts";
import { numbers } from "../fixtures.ts";

const k = key(0);

describe("weights", () => {
  test("are those that core's functions take", () => {
    const x = ones([2, 4, 5, 5]);
    const layer = new Conv2d(4, 6, [2, 3], { key: k, groups: 2, stride: 2, padding: [1, 0], dilation: [1, 2] });
    expect([layer.weight.shape, layer.inChannels, layer.outChannels]).toEqual([[6, 2, 2, 3], 4, 6]);
    expect(numbers(layer.forward(x))).toEqual(numbers(conv2d(x, layer.weight, layer.bias, layer.options)));
    const back = new ConvTranspose2d(4, 6, 2, { key: k, groups: 2, stride: 2, outputPadding: 1 });
    expect([back.weight.shape, back.inChannels, back.outChannels]).toEqual([[4, 3, 2, 2], 4, 6]);
    expect(numbers(back.forward(x))).toEqual(numbers(convTranspose2d(x, back.weight, back.bias, back.options)));
  });

  test("keep He's variance, whose fan-in is that of the input channels of a group, transposed or not", () => {
    for (const layer of [
      new Conv1d(64, 256, 3, { key: k, groups: 2 }),
      new ConvTranspose1d(64, 256, 3, { key: k, groups: 2 }),
    ]) {
      const expected = Math.sqrt(2 / (32 * 3));
      // 24,576 draws: five standard errors of their deviation.
      expect(Math.abs(std(layer.weight as Tensor).item() / expected - 1)).toBeLessThan(5 / Math.sqrt(2 * 24576));
    }
  });
});

describe("batch normalization", () => {
  test("takes over a part of each batch's statistics, and evaluates by them", () => {
    const x = tensor([[1], [3]]);
    let norm = new BatchNorm(1, { momentum: 0.5, eps: 0 });
    for (let i = 0; i < 30; i++) norm = withUpdates(norm, apply(norm, x, { key: k }).updates);
    expect(numbers(norm.runningMean)[0]).toBeCloseTo(2, 5);
    expect(numbers(norm.runningVar)[0]).toBeCloseTo(2, 5); // unbiased
    expect(numbers(norm.forward(x))[0]).toBeCloseTo(-Math.SQRT1_2, 5);
    expect(numbers(apply(norm, x, { key: k }).output as Tensor)[0]).toBeCloseTo(-1, 5);
    expect(apply(norm, x).updates).toEqual({});
  });
});

describe("tied weights", () => {
  const embedding = new Embedding(5, 3, { key: k, dtype: "float64" });
  const model = { embedding, decoder: Linear.of(embedding.weight) };
  const x = tensor([[1, 2]], { dtype: "int32" });
  const cost = (m: typeof model): AnyTensor => sum(square(m.decoder.forward(m.embedding.forward(x) as AnyTensor)));

  test("have one gradient, the sum of both uses, and stay one in an update", () => {
    const { gradient } = valueAndGrad(cost)(model);
    expect(gradient.decoder.weight).toBe(gradient.embedding.weight);
    const apart = valueAndGrad((at: { table: Tensor; weight: Tensor }) => {
      const rows = Embedding.of(at.table as typeof embedding.weight).forward(x);
      return sum(square(linear(rows as Tensor, at.weight)));
    })({ table: embedding.weight, weight: embedding.weight.add(0) });
    numbers(gradient.embedding.weight!).forEach((value, i) => {
      expect(value).toBeCloseTo(numbers(add(apart.gradient.table!, apart.gradient.weight!) as AnyTensor)[i]!, 10);
    });
    const next = treeMap(model, ({ value }, g) => (g ? sub(value as AnyTensor, g as AnyTensor) : value), gradient);
    expect((next as typeof model).decoder.weight).toBe((next as typeof model).embedding.weight);
  });
});

describe("masks", () => {
  test("whole channels, and whole examples", () => {
    const x = ones([6, 4, 5]);
    const rows = apply(new SpatialDropout(0.5), x, { key: k }).output.toArray() as number[][][];
    expect(rows.flat().every((row) => row.every((value) => value === row[0]))).toBe(true);
    expect(new Set(rows.flat(2))).toEqual(new Set([0, 2]));
    const examples = apply(new DropPath(0.5), x, { key: k }).output.toArray() as number[][][];
    expect(examples.every((one) => one.flat().every((value) => value === one[0]![0]))).toBe(true);
    expect(new Set(examples.flat(2))).toEqual(new Set([0, 2]));
  });
});

test("an empty batch goes through", () => {
  const layers = [new Conv1d(2, 3, 2, { key: k }), new LayerNorm(4), new GroupNorm(1, 2), new BatchNorm(2), new Pad(1)];
  for (const layer of layers) expect(layer.forward(ones([0, 2, 4]) as never).shape[0]).toBe(0);
});

test("padding of an embedding gives zeros, and has no gradient", () => {
  const layer = new Embedding(3, 2, { key: k, paddingIndex: 1 });
  const x = tensor([0, 1], { dtype: "int32" });
  expect(numbers(layer.forward(x)).slice(2)).toEqual([0, 0]);
  const { gradient } = valueAndGrad((m: typeof layer) => mean(m.forward(x)))(layer);
  expect(numbers(gradient.weight!)).toEqual([0.25, 0.25, 0, 0, 0, 0]);
});

const loose = (layer: object, x: unknown) => () => (layer as { forward(x: unknown): unknown }).forward(x);
test.each([
  ["channels", loose(new Conv2d(3, 4, 3, { key: k }), ones([2, 5, 8, 8])), /Conv2d: x is \[2, 5, 8, 8\], .* give \[b/],
  [
    "rank",
    loose(new Conv1d(3, 4, 3, { key: k }), ones([3, 8])),
    /Conv1d: x is \[3, 8\], the layer takes \[batch, 3, le/,
  ],
  ["dtype", loose(new Conv1d(1, 1, 1, { key: k }), ones([1, 1, 1], { dtype: "float64" })), /Conv1d: x is float64/],
  [
    "path",
    loose(new Sequential(new BatchNorm(2)), ones([2, 3])),
    /BatchNorm: x is \[2, 3\], the layer takes \[batch, 2/,
  ],
  [
    "no key",
    () => new Conv1d(1, 1, 1, {} as never),
    /Conv1d: there is no key .* new Conv1d\(1, 1, 1, { key: key\(0\) }/,
  ],
  ["no options", () => new Embedding(3, 2, undefined as never), /Embedding: there is no key to draw the weights from/],
  ["groups", () => new Conv1d(4, 6, 1, { key: k, groups: 4 }), /Conv1d: 6 channels do not fall into 4 groups/],
  ["kernel", () => new Conv2d(1, 1, [1, 0], { key: k }), /Conv2d: the kernel size is \[1, 0\]; give a whole number/],
  ["sizes", () => new Conv2d(Number.NaN, 1, 1, { key: k }), /Conv2d: NaN is no number of channels/],
  ["option", () => new Conv2d(1, 1, 1, { key: k, strides: 2 } as never), /Conv2d: there is no option "strides"/],
  ["eps", () => new LayerNorm(2, { eps: -1 }), /LayerNorm: eps is -1; give a finite number that is 0 or more/],
  ["momentum", () => new BatchNorm(2, { momentum: 2 }), /BatchNorm: momentum is 2; give a finite number from 0 to 1/],
  [
    "features",
    loose(new LayerNorm([2, 3]), ones([4, 3])),
    /LayerNorm: x is \[4, 3\], the layer takes \[\.\.\., 2, 3\]/,
  ],
  ["groups of channels", () => new GroupNorm(2, 3), /GroupNorm: 3 channels do not fall into 2 groups/],
  ["indices", loose(new Embedding(3, 2, { key: k }), ones([2])), /Embedding: the indices are float32; give int32/],
  [
    "padding",
    () => new Embedding(3, 2, { key: k, paddingIndex: 3 }),
    /paddingIndex 3 is none of 3 rows; give one from 0/,
  ],
  ["alpha", () => new Elu({ alpha: Number.NaN }), /Elu: alpha is NaN; give a finite number/],
  ["slope", loose(new Prelu({ channels: 2 }), ones([1, 3])), /prelu: a slope of \[2\] does not fit \[1, 3\]/],
  ["bounds", () => new Hardtanh({ low: 2 }), /Hardtanh: low is 2, high 1; give low < high/],
  ["global", loose(new GlobalAvgPool(), ones([2, 3])), /GlobalAvgPool: x of \[2, 3\] has no spatial axes/],
  [
    "residual",
    loose(new Residual(new Linear(2, 3, { key: k })), ones([1, 2])),
    /Residual: the inner layer gives \[1, 3\]/,
  ],
  ["no module", () => new Residual((() => 1) as never), /Residual: a part is no module; wrap functions/],
  ["pad", loose(new Pad([[1, 1]]), ones([1, 1, 2, 2])), /Pad: x is \[1, 1, 2, 2\]; give .* with 1 spatial axes/],
])("what does not fit is refused: %s", (_, f, message) => {
  expect(f).toThrow(message);
});
