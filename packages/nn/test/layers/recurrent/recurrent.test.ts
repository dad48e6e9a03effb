import {
  type AnyTensor,
  add,
  key,
  mul,
  normal,
  ones,
  record,
  type Shape,
  slice,
  stack,
  sum,
  type Tensor,
  tensor,
  treeLeaves,
  valueAndGrad,
  zeros,
} from "@tapegrad/core";
import { checkGradients } from "@tapegrad/gradcheck";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluation, Gru, GruCell, init, Lstm, LstmCell, type LstmState, Rnn, RnnCell } from "../../../src/index.ts";
import { expectClose, expectNear, fixture, numbers, tensorOf, type Values } from "../../fixtures.ts";
import { weightedSum } from "../../module-case.ts";

type Double = Tensor<Shape, "float64">;
type Layers = Lstm<number, number, "float64", boolean>;
const draw = (seed: number, shape: Shape): Double => normal(key(seed), shape, { dtype: "float64" }) as Double;
const ints = (values: readonly number[]): AnyTensor => tensor(values, { dtype: "int32" }) as AnyTensor;

interface Reference {
  readonly name: "Lstm" | "Gru" | "Rnn";
  readonly lengths: readonly number[];
  readonly x: Values;
  readonly state: readonly Values[];
  readonly parameters: Readonly<Record<string, Values>>;
  readonly output: Values;
  readonly end: readonly Values[];
  readonly gradients: Readonly<Record<string, Values>>;
}

describe("PyTorch's numbers for two layers in both directions over packed sequences", () => {
  const tolerance = { rtol: 1e-9, atol: 1e-11 };
  const named = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
  const fields = ["weightIh", "weightHh", "biasIh", "biasHh"] as const;
  const classes = { Lstm, Gru, Rnn };
  const cells = { Lstm: LstmCell, Gru: GruCell, Rnn: RnnCell };

  test.each(fixture<Reference[]>("recurrent"))(
    "$name",
    ({ name, lengths, x, state, parameters, output, end, gradients }) => {
      const cellAt = (suffix: string) =>
        cells[name].of(
          Object.fromEntries(
            fields.map((field, i) => [field, tensorOf(parameters[`${named[i]}_${suffix}`]!)]),
          ) as never,
        );
      const layers = [0, 1].map((i) => ({ forward: cellAt(`l${i}`), backward: cellAt(`l${i}_reverse`) }));
      const model = classes[name].of(layers as never) as unknown as Layers;
      const asState = (values: readonly AnyTensor[]) => (name === "Lstm" ? { h: values[0], c: values[1] } : values[0]);
      const run = (at: { model: Layers; x: AnyTensor; state: unknown }) =>
        at.model.forward(at.x as Double, evaluation, { state: at.state as LstmState, lengths: ints(lengths) });
      const at = { model, x: tensorOf(x), state: asState(state.map(tensorOf)) };

      const made = run(at);
      expectClose(made.output, output, tolerance);
      for (const [i, { value }] of treeLeaves(made.state).entries())
        expectClose(value as AnyTensor, end[i]!, tolerance);
      const { gradient } = valueAndGrad((here: typeof at) => weightedSum(run(here)))(at);
      expectClose(gradient.x as AnyTensor, gradients.x!, tolerance);
      for (const [i, { value }] of treeLeaves(gradient.state).entries())
        expectClose(value as AnyTensor, gradients[["h", "c"][i]!]!, tolerance);
      for (const layer of [0, 1]) {
        for (const direction of ["forward", "backward"] as const) {
          const suffix = `l${layer}${direction === "forward" ? "" : "_reverse"}`;
          for (const [i, field] of fields.entries()) {
            const found = gradient.model.layers[layer]![direction]![field] as AnyTensor;
            expectClose(found, gradients[`${named[i]}_${suffix}`]!, tolerance);
          }
        }
      }
    },
  );
});

describe("laws", () => {
  const made = [
    ["Rnn", new Rnn(3, 2, { key: key(0), dtype: "float64" })],
    ["Lstm", new Lstm(3, 2, { key: key(1), dtype: "float64" })],
    ["Gru", new Gru(3, 2, { key: key(2), dtype: "float64" })],
  ] as unknown as readonly (readonly [string, Layers])[];

  test.each(made)("%s: a layer is its cell, step after step", (_, layer) => {
    const x = draw(1, [2, 4, 3]);
    const cell = layer.layers[0]!.forward;
    let state: LstmState | undefined;
    const outputs: AnyTensor[] = [];
    for (let t = 0; t < 4; t++) {
      state = cell.forward(slice(x, [null, t]) as Double, evaluation, state) as LstmState;
      outputs.push(cell.outputOf(state));
    }
    const { output } = layer.forward(x);
    expectNear(numbers(output), numbers(stack(outputs, 1) as AnyTensor), { rtol: 1e-13, atol: 1e-15 });
  });

  test.each(made)("%s: two calls with the state handed on are one", (_, layer) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.nat(), (at, seed) => {
        const x = draw(seed, [2, 5, 3]);
        const all = layer.forward(x);
        const first = layer.forward(slice(x, [null, [0, at]]) as Double);
        const second = layer.forward(slice(x, [null, [at, 5]]) as Double, evaluation, { state: first.state });
        const ends = [second, all].map(({ state }) =>
          treeLeaves(state).flatMap(({ value }) => numbers(value as AnyTensor)),
        );
        expectNear(ends[0]!, ends[1]!, { rtol: 1e-12, atol: 1e-14 });
      }),
      { numRuns: 20 },
    );
  });

  const both = [
    ["Rnn", new Rnn(3, 2, { key: key(0), dtype: "float64", bidirectional: true, layers: 2 })],
    ["Lstm", new Lstm(3, 2, { key: key(1), dtype: "float64", bidirectional: true, layers: 2 })],
    ["Gru", new Gru(3, 2, { key: key(2), dtype: "float64", bidirectional: true, layers: 2 })],
  ] as unknown as readonly (readonly [string, Layers])[];

  test.each(both)("%s: a padded sequence gives what it gives alone, whatever the padding holds", (_, layer) => {
    const padding = fc.constantFrom(0, 7, Number.NaN, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), padding, fc.nat(), (length, held, seed) => {
        const alone = draw(seed, [1, length, 3]);
        const values = Array.from({ length: 12 }, (_, i) => (i < 3 * length ? numbers(alone)[i]! : held));
        const x = tensor(values, { shape: [1, 4, 3], dtype: "float64" }) as Double;
        const cost = (at: { layer: Layers; x: Double }, lengths?: AnyTensor) => {
          const result = at.layer.forward(at.x, evaluation, lengths && { lengths });
          return [add(sum(mul(result.output, result.output)), weightedSum(result.state)), result] as const;
        };
        const one = valueAndGrad(cost, { aux: true })({ layer, x: alone });
        const padded = valueAndGrad(cost, { aux: true })({ layer, x }, ints([length]));
        const flat = (tree: unknown) => treeLeaves(tree).flatMap(({ value }) => numbers(value as AnyTensor));
        const near = { rtol: 1e-11, atol: 1e-13 };
        expectNear(flat(padded.aux.state), flat(one.aux.state), near);
        expectNear(flat(padded.gradient.layer), flat(one.gradient.layer), near);
        const width = one.aux.output.shape[2]!;
        const rest = new Array<number>((4 - length) * width).fill(0);
        expectNear(numbers(padded.aux.output), [...numbers(one.aux.output), ...rest], near);
        const still = new Array<number>((4 - length) * 3).fill(0);
        expectNear(numbers(padded.gradient.x as AnyTensor), [...numbers(one.gradient.x as AnyTensor), ...still], near);
      }),
      { numRuns: 12 },
    );
  });

  test("lengths beyond the sequence count as the nearest within", () => {
    const layer = new Gru(1, 2, { key: key(0) });
    const x = normal(key(1), [2, 3, 1]);
    const run = (lengths: number[]) => numbers(layer.forward(x, evaluation, { lengths: ints(lengths) }).output);
    expect(run([9, -1])).toEqual(run([3, 0]));
  });

  test("no steps, or no sequences, give the state before them", () => {
    const layer = new Lstm(3, 2, { key: key(0), layers: 2 });
    const { output, state } = layer.forward(zeros([2, 0, 3]));
    expect([output.shape, state.h.shape, numbers(state.c)]).toEqual([[2, 0, 2], [2, 2, 2], new Array(8).fill(0)]);
    const none = layer.forward(zeros([0, 4, 3]), evaluation, { lengths: ints([]) });
    expect([none.output.shape, none.state.c.shape]).toEqual([
      [0, 4, 2],
      [2, 0, 2],
    ]);
  });
});

describe("long sequences", () => {
  const layer = new Lstm(2, 3, { key: key(0), dtype: "float64" });
  const entries = (steps: number): number =>
    record((x: Double) => layer.forward(x).output)(draw(0, [1, steps, 2])).tape.entries.length;

  test("the tape does not grow with the steps", () => {
    expect(entries(1000)).toBe(entries(2));
  });

  test("gradients over 1000 steps are right, finite, and reach the first", () => {
    const x = draw(1, [1, 1000, 2]);
    const cost = (at: Double): AnyTensor => sum(layer.forward(at).output) as AnyTensor;
    expect(checkGradients(cost, x, { directions: 1 }).verdict).toBe("pass");
    const gradient = numbers(valueAndGrad(cost as never)(x as never).gradient as AnyTensor);
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(Math.abs(gradient[0]!)).toBeGreaterThan(0);
  });
});

test("options: no biases, initializers, dtype, directions; paths; the key decides the weights", () => {
  const plain = new Gru(3, 2, { key: key(0), bias: false, layers: 2, bidirectional: true, dtype: "float64" });
  expect(plain.layers[1]!.backward!.biasIh).toBeNull();
  expect(plain.layers[1]!.backward!.weightIh.shape).toEqual([6, 4]);
  expect(treeLeaves(plain).map(({ path }) => path)[3]).toBe("layers.0.backward.weightHh");
  expect(new Lstm(1, 2, { key: key(0) }).layers[0]!.forward.biasIh!.toArray()).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  const uniform = init.uniform({ low: 2, high: 3 });
  const drawn = new LstmCell(1, 2, { key: key(0), initializer: uniform, recurrentInitializer: uniform, bias: uniform });
  for (const { value } of treeLeaves(drawn)) {
    for (const number of numbers(value as AnyTensor)) expect(number).toBeGreaterThanOrEqual(2);
  }
  // Each gate's block is orthogonal.
  const { weightHh } = new GruCell(4, 3, { key: key(0), dtype: "float64" });
  const [w] = [numbers(slice(weightHh, [[3, 6]]) as AnyTensor)];
  expect(w![0]! * w![3]! + w![1]! * w![4]! + w![2]! * w![5]!).toBeCloseTo(0, 14);
  expect(new Rnn(2, 3, { key: key(1) }).layers[0]!.forward.weightIh.toArray()).not.toEqual(
    new Rnn(2, 3, { key: key(2) }).layers[0]!.forward.weightIh.toArray(),
  );
});

describe("errors", () => {
  const layer = new Lstm(3, 4, { key: key(0) });
  const cell = new GruCell(3, 4, { key: key(0) });
  const x = ones([2, 5, 3]);
  const h = zeros([1, 2, 4]);
  const weights = { weightIh: ones([16, 3]), weightHh: ones([16, 4]) } as never;
  test.each<[string, () => unknown, RegExp]>([
    ["no key", () => new Lstm(3, 4, {} as never), /Lstm: there is no key.*new Lstm\(3, 4, \{ key: key\(0\) \}\)/],
    ["no options", () => new Gru(3, 4, undefined as never), /Gru: there is no key/],
    ["a size", () => new Rnn(0, 4, { key: key(0) }), /Rnn: 0 is no number of features/],
    ["NaN", () => new RnnCell(3, Number.NaN, { key: key(0) }), /RnnCell: NaN is no number of features/],
    ["an option", () => new Lstm(3, 4, { key: key(0), dropout: 0.5 } as never), /no option "dropout"; use .*keep/],
    ["layers", () => new Gru(3, 4, { key: key(0), layers: 1.5 }), /Gru: 1.5 is no number of layers/],
    ["directions", () => new Gru(3, 4, { key: key(0), bidirectional: 2 } as never), /bidirectional is 2; give true/],
    ["keep", () => new Gru(3, 4, { key: key(0), keep: 0 }), /0 is no keep probability/],
    ["nonlinearity", () => new Rnn(3, 4, { key: key(0), nonlinearity: "elu" } as never), /elu is no nonlinearity; use/],
    [
      "rank",
      () => layer.forward(ones([5, 3])),
      /Lstm: x is \[5, 3\], the weight .* \[16, 3\]; give \[batch, time, 3\]/,
    ],
    ["features", () => layer.forward(ones([2, 5, 4]) as never), /Lstm: x is \[2, 5, 4\]/],
    ["cell", () => cell.forward(ones([3])), /GruCell: x is \[3\], .*; give \[batch, 3\]/],
    ["dtype", () => layer.forward(ones([2, 5, 3], { dtype: "float64" })), /x is float64, the weights are float32/],
    ["no tensor", () => layer.forward([[[1]]] as never), /Lstm: x is no tensor/],
    ["context", () => layer.forward(x, { lengths: h } as never), /Lstm: the second argument of forward is no context/],
    [
      "half a state",
      () => layer.forward(x, evaluation, { state: { h } as never }),
      /the state is \{ h \}; give \{ h, c \}, or leave/,
    ],
    [
      "a tensor alone",
      () => layer.forward(x, evaluation, { state: h as never }),
      /the state is a tensor; give \{ h, c \}, or leave/,
    ],
    ["a state", () => cell.forward(ones([2, 3]), evaluation, h), /the state is \[1, 2, 4\]; give \[2, 4\]/],
    [
      "of another dtype",
      () => cell.forward(ones([2, 3]), evaluation, zeros([2, 4], { dtype: "float64" })),
      /the state is float64, the weights are float32/,
    ],
    ["lengths", () => layer.forward(x, evaluation, { lengths: ints([1]) }), /lengths are \[1\]; give \[2\]/],
    ["float lengths", () => layer.forward(x, evaluation, { lengths: ones([2]) }), /lengths are float32; make them/],
    ["weights", () => GruCell.of(weights), /GruCell.of: \[16, 3\], \[16, 4\] make no cell of 3 gates; give \[3 · hid/],
    [
      "layers that do not fit",
      () => Lstm.of([0, 1].map(() => ({ forward: LstmCell.of(weights), backward: null }))),
      /Lstm.of: .* layer 1, float32 \[16, 3\] do not fit; give a cell of 4/,
    ],
    ["none", () => Lstm.of([]), /Lstm.of: there are no layers/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
