import {
  type AnyTensor,
  compile,
  concat,
  key,
  normal,
  ones,
  record,
  type Shape,
  slice,
  sum,
  type Tensor,
  tensor,
  treeLeaves,
  valueAndGrad,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import {
  apply,
  evaluation,
  Gelu,
  LayerNorm,
  Relu,
  type StackCache,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "../../../src/index.ts";
import { expectClose, expectNear, numbers } from "../../fixtures.ts";
import { weightedSum } from "../../module-case.ts";
import { expectGradients, referenceOf, tolerance } from "./references.ts";

type Double = Tensor<Shape, "float64">;
const draw = (seed: number, shape: Shape): Double => normal(key(seed), shape, { dtype: "float64" }) as Double;
const near = { rtol: 1e-10, atol: 1e-12 };

describe.each([true, false])("PyTorch's numbers, forward and backward, with normFirst: %s", (normFirst) => {
  const options = { key: key(0), dtype: "float64", hidden: 6, normFirst } as const;

  test("encoder layer, causal and with a mask of keys", () => {
    const activation = normFirst ? new Gelu() : new Relu();
    const make = () => new TransformerEncoderLayer(4, 2, { ...options, activation });
    const { model, x, outputs, gradients, masks } = referenceOf("encoder", make, normFirst);
    const run = (at: { model: typeof model; x: Double }) => at.model.forward(at.x, evaluation, masks);
    expectClose(run({ model, x }) as AnyTensor, outputs[0]!, tolerance);
    expectGradients(
      valueAndGrad((at: { model: typeof model; x: Double }) => weightedSum(run(at)))({ model, x }).gradient,
      gradients,
    );
  });

  test("decoder layer, with a mask of the memory", () => {
    const make = () => new TransformerDecoderLayer(4, 2, options);
    const { model, x, memory, outputs, gradients, masks } = referenceOf("decoder", make, normFirst);
    type At = { model: typeof model; x: Double; memory: Double };
    const run = (at: At) => at.model.forward(at.x, evaluation, { memory: at.memory, memoryKeyMask: masks.keyMask });
    expectClose(run({ model, x, memory }) as AnyTensor, outputs[0]!, tolerance);
    expectGradients(valueAndGrad((at: At) => weightedSum(run(at)))({ model, x, memory }).gradient, gradients);
  });
});

describe("stacks", () => {
  test("a normalization at the end where layers normalize first", () => {
    const [first, last] = [true, false].map(
      (normFirst) => new TransformerEncoder(4, 2, { key: key(0), layers: 3, normFirst }),
    );
    expect([first!.layers.length, first!.norm, last!.norm]).toEqual([3, expect.any(LayerNorm), null]);
    expect(first!.layers[0]!.attention.query.weight.toArray()).not.toEqual(
      first!.layers[1]!.attention.query.weight.toArray(),
    );
  });

  test("checkpoints change no bit, with the same draws; the tape has an entry for a layer", () => {
    const options = { key: key(0), layers: 2, keep: 0.7, dtype: "float64" } as const;
    const [plain, again] = [false, true].map((checkpoint) => new TransformerEncoder(4, 2, { ...options, checkpoint }));
    const x = draw(1, [2, 3, 4]);
    const cost = (m: typeof plain) => sum(apply(m!, x as never, { key: key(3) }).output as AnyTensor) as AnyTensor;
    const [a, b] = [plain, again].map((m) => valueAndGrad(cost)(m));
    expect(a!.value.item()).toBe(b!.value.item());
    const flat = (tree: unknown) => treeLeaves(tree).flatMap(({ value }) => numbers(value as AnyTensor));
    expectNear(flat(b!.gradient), flat(a!.gradient), near);
    const count = (m: typeof plain): number =>
      record((at: typeof plain) => cost(at))(m).tape.entries.filter(({ operation }) => operation.name === "checkpoint")
        .length;
    expect([count(plain), count(again)]).toEqual([0, 2]);
  });

  test("steps with caches give what all at once give, through one compiled program", () => {
    const decoder = new TransformerDecoder(4, 2, {
      key: key(0),
      layers: 2,
      dtype: "float64",
      rotary: true,
      memoryFeatures: 3,
    });
    const [x, memory] = [draw(1, [2, 3, 4]), draw(2, [2, 5, 3])];
    const step = compile((m: typeof decoder, at: Double, cache: StackCache) =>
      m.step(at, evaluation, { memory, cache }),
    );
    let cache: StackCache = decoder.emptyCache(2, 4);
    const outputs: AnyTensor[] = [];
    for (let t = 0; t < 3; t++) {
      const made = step(decoder, slice(x, [null, [t, t + 1]]) as Double, cache);
      outputs.push(made.output as AnyTensor);
      cache = made.cache as StackCache;
    }
    expectNear(numbers(concat(outputs, 1) as AnyTensor), numbers(decoder.forward(x, evaluation, { memory })), near);
  });

  test("a causal position is not moved by later ones, and without causal it is", () => {
    const encoder = new TransformerEncoder(4, 2, { key: key(0), layers: 2, dtype: "float64" });
    const x = draw(1, [1, 4, 4]);
    const moved = x.add(tensor([0, 0, 0, 1], { shape: [1, 4, 1], dtype: "float64" })) as Double;
    const head = (at: Double, causal: boolean): number[] =>
      numbers(slice(encoder.forward(at, evaluation, { causal }), [null, [0, 3]]) as AnyTensor);
    expect(head(moved, true)).toEqual(head(x, true));
    // Dimension-wise shifts vanish in the normalization: this one does not.
    const other = x.mul(
      tensor([1, 1, 1, 2, 1, 1, 1, -1, 1, 1, 1, 3, 1, 1, 1, -2], { shape: [1, 4, 4], dtype: "float64" }),
    ) as Double;
    expect(head(other, false)).not.toEqual(head(x, false));
  });
});

describe("errors", () => {
  const decoder = new TransformerDecoder(4, 2, { key: key(0), layers: 2 });
  const layer = new TransformerDecoderLayer(4, 2, { key: key(0) });
  const x = ones([2, 3, 4]);
  test.each<[string, () => unknown, RegExp]>([
    [
      "no key",
      () => new TransformerEncoderLayer(4, 2, {} as never),
      /no key.*new TransformerEncoderLayer\(4, 2, \{ key/,
    ],
    ["no options", () => new TransformerEncoder(4, 2, undefined as never), /TransformerEncoder: there is no key/],
    ["layers", () => new TransformerEncoder(4, 2, { key: key(0) } as never), /undefined is no number of layers/],
    ["heads", () => new TransformerEncoder(4, 3, { key: key(0), layers: 1 }), /3 heads for 4 features/],
    ["normFirst", () => new TransformerEncoderLayer(4, 2, { key: key(0), normFirst: 1 } as never), /normFirst is 1/],
    ["an option", () => new TransformerEncoderLayer(4, 2, { key: key(0), dropout: 1 } as never), /no option "dropout"/],
    [
      "of decoders",
      () => new TransformerEncoder(4, 2, { key: key(0), layers: 1, memoryFeatures: 3 } as never),
      /memoryFeat/,
    ],
    [
      "checkpoint",
      () => new TransformerEncoder(4, 2, { key: key(0), layers: 1, checkpoint: 2 } as never),
      /checkpoint is 2/,
    ],
    ["memory", () => layer.forward(x), /TransformerDecoderLayer: there is no memory; give one/],
    ["memory of a stack", () => decoder.forward(x), /TransformerDecoderLayer.*: there is no memory/],
    ["misspelled", () => layer.forward(x, evaluation, { memory: x, isCausal: true } as never), /no option "isCausal"/],
    [
      "caches",
      () => decoder.forward(x, evaluation, { memory: x, cache: decoder.emptyCache(2, 3).slice(1) }),
      /there are 1 caches for 2 layers/,
    ],
    ["context", () => layer.forward(x, { memory: x } as never), /second argument of forward is no context/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
