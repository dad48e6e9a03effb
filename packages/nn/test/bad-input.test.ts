import { key, ones, TapegradError, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import * as nn from "../src/index.ts";

// What a slip of the pen gives to layers: the error names the layer, shows what it was given and says what to give.

type Loose = { new (...args: unknown[]): { forward(...args: unknown[]): unknown } };
const make = (layer: unknown, ...args: unknown[]) => new (layer as Loose)(...args);
const call = (f: unknown, ...args: unknown[]): unknown => (f as (...args: unknown[]) => unknown)(...args);
const k = key(0);
const given = { key: k };
const int32 = (values: number | number[] | number[][]) => tensor(values as number[], { dtype: "int32" });
const train = (layer: unknown, x: unknown): unknown => nn.apply(layer as nn.Module, x as never, given as never);
const sequences = ones([2, 5, 4]);
const attend = (options: object): unknown =>
  make(nn.MultiHeadAttention, 4, 2, given).forward(sequences, nn.evaluation, options);
const lstm = new nn.LstmCell(4, 4, given);

test.each<[RegExp, () => unknown]>([
  [/^Conv2d: the kernel size is undefined; give a whole/, () => make(nn.Conv2d, 1, 8, undefined, given)],
  [/^Conv2d: the kernel size is \[3\]; give a whole/, () => make(nn.Conv2d, 1, 8, [3], given)],
  [/^ConvTranspose1d: the kernel size is 0; give a whole/, () => make(nn.ConvTranspose1d, 1, 8, 0, given)],
  [/^Linear.of: no tensor make no layer; give \[out, in\]/, () => call(nn.Linear.of, [[1]])],
  [/^Linear.of: no tensor make no layer/, () => call(nn.Linear.of, null)],
  [/^Linear.of: \[1, 1\] and no tensor make/, () => call(nn.Linear.of, ones([1, 1]), [1])],
  [/^Linear.of: int32 make no layer; give floats of one/, () => nn.Linear.of(int32([[1]]) as never)],
  [/^Linear.of: float32 and float64 make/, () => nn.Linear.of(ones([1, 1]), ones([1], { dtype: "float64" }))],
  [/^Embedding: index -1 is none of 10 rows; give 0 to 9/, () => make(nn.Embedding, 10, 4, given).forward(int32([-1]))],
  [/^Embedding: index 10 is none of 10 rows/, () => make(nn.Embedding, 10, 4, given).forward(int32([10]))],
  [/^Embedding.of: the table is no tensor; give \[count/, () => call(nn.Embedding.of, [[1]])],
  [/^Embedding.of: the table is int32; cast it/, () => call(nn.Embedding.of, int32([[1]]))],
  [/^Dropout: x is no tensor; give floats/, () => train(new nn.Dropout(0.5), [1, 2])],
  [/^Dropout: x is int32; give floats, as in cast/, () => train(new nn.Dropout(0.5), int32([1, 2]))],
  [/^dropoutWithMask: a mask of no tensor does not/, () => call(nn.dropoutWithMask, ones([2]), [true, false], 0.5)],
  [/^BatchNorm: affine is no; give true or false/, () => make(nn.BatchNorm, 2, { affine: "no" })],
  [/^RmsNorm: affine is 1; give true or false/, () => make(nn.RmsNorm, 2, { affine: 1 })],
  [/^LayerNorm: the shape is \[\]; give the sizes/, () => make(nn.LayerNorm, [])],
  [/^Gelu: approximate is Tanh; use "none" or "tanh"/, () => make(nn.Gelu, { approximate: "Tanh" })],
  [/^Elu: alpha is 1; give a finite number/, () => make(nn.Elu, { alpha: "1" })],
  [/^Prelu: slope is a; give a finite number/, () => make(nn.Prelu, { slope: "a" })],
  [/^Softmax: the axis is \[object Object\]; give a whole/, () => make(nn.Softmax, { axis: 1 })],
  [/^Glu: the axis is 0.5; give a whole number/, () => make(nn.Glu, 0.5)],
  [/^Pad: the width is "1"; give whole numbers/, () => make(nn.Pad, "1")],
  [/^Pad: the width is undefined; give whole/, () => make(nn.Pad)],
  [/^Reshape: x is no tensor; give \[batch, \.\.\.\]/, () => make(nn.Reshape, 3, 2).forward([1])],
  [/^Reshape: x is \[\]; give \[batch, \.\.\.\]/, () => make(nn.Reshape, 1).forward(tensor(1))],
  [/^constrain: the constraints stand at no paths/, () => call(nn.constrain, lstm, nn.nonNegative())],
  [/^constrain: the constraints stand at no paths/, () => call(nn.constrain, lstm, null)],
  [/^maxNorm: the limit is 1; give a number/, () => call(nn.maxNorm, "1")],
  [/^MeanSquaredError: the input is no list; give/, () => make(nn.MeanSquaredError).forward(ones([1]), ones([1]))],
  [/^Lstm.of: layer 0 is not made of cells; give \{ forward/, () => call(nn.Lstm.of, [lstm])],
  [/^Lstm.of: layer 0 is not made of cells/, () => call(nn.Lstm.of, [{ forward: lstm }])],
  [
    /^Lstm.of: layer 0 .* of LstmCell, with null/,
    () => call(nn.Lstm.of, [{ forward: new nn.GruCell(4, 4, given), backward: null }]),
  ],
  [/^MultiHeadAttention: causal is yes; give true or false/, () => attend({ causal: "yes" })],
  [/^MultiHeadAttention: the mask is no tensor; wrap it/, () => attend({ mask: [[true]] })],
  [/^MultiHeadAttention: keys of the cache are no tensor/, () => attend({ cache: {} })],
  [/^rotary: x is no tensor, positions are \[0\]/, () => call(nn.rotary, [[1, 2]])],
  [/^rotary: x is \[2, 2\], positions are no tensor/, () => call(nn.rotary, ones([2, 2]), { positions: [0, 1] })],
  [/^sinusoids: the positions are -1; give a whole/, () => nn.sinusoids(-1, 4)],
  [/^sinusoids: the positions are \[2, 2\]/, () => nn.sinusoids(ones([2, 2]), 4)],
  [/^sinusoids: the dtype is int32; waves are floats/, () => call(nn.sinusoids, 2, 4, { dtype: "int32" })],
  [
    /^FeedForward: the activation is "gelu"; give a layer/,
    () => make(nn.FeedForward, 4, 8, { key: k, activation: "gelu" }),
  ],
  [
    /^FeedForward: the activation is a function; give a layer/,
    () => make(nn.TransformerEncoderLayer, 4, 2, { key: k, activation: nn.Gelu }),
  ],
])("%s", (message, run) => {
  expect(run).toThrow(message);
  expect(run).toThrow(TapegradError);
});

test("a logit of NaN is among no largest", () => {
  expect(
    nn.topKAccuracy(
      tensor([
        [Number.NaN, 1],
        [2, 1],
      ]),
      int32([0, 0]),
      1,
    ),
  ).toBe(0.5);
});
