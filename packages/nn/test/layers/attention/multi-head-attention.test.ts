import {
  type AnyTensor,
  compile,
  concat,
  key,
  matmul,
  normal,
  ones,
  type Shape,
  scaledDotProductAttention,
  slice,
  sum,
  type Tensor,
  tensor,
  treeMap,
  valueAndGrad,
  zeros,
} from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Attended, type AttentionCache, apply, evaluation, MultiHeadAttention } from "../../../src/index.ts";
import { expectClose, expectNear, numbers } from "../../fixtures.ts";
import { weightedSum } from "../../module-case.ts";
import { expectGradients, referenceOf, tolerance } from "./references.ts";

type Double = Tensor<Shape, "float64">;
const draw = (seed: number, shape: Shape): Double => normal(key(seed), shape, { dtype: "float64" }) as Double;
const near = { rtol: 1e-11, atol: 1e-13 };

test("PyTorch's numbers with a mask of keys and causal, forward and backward", () => {
  const { model, x, outputs, gradients, masks } = referenceOf(
    "attention",
    () => new MultiHeadAttention(4, 2, { key: key(0), dtype: "float64" }),
  );
  const run = (at: { model: typeof model; x: Double }) => {
    const { output, weights } = at.model.attend(at.x, evaluation, masks);
    return [output, weights] as const;
  };
  run({ model, x }).forEach((output, i) => void expectClose(output as AnyTensor, outputs[i]!, tolerance));
  const { gradient } = valueAndGrad((at: { model: typeof model; x: Double }) => weightedSum(run(at)))({ model, x });
  expectGradients(gradient, gradients);
});

describe("laws", () => {
  test("one head with identities for weights is scaled dot product attention", () => {
    const model = treeMap(new MultiHeadAttention(2, 1, { key: key(0), bias: false, dtype: "float64" }), () =>
      tensor(
        [
          [1, 0],
          [0, 1],
        ],
        { dtype: "float64" },
      ),
    ) as unknown as MultiHeadAttention<2, "float64">;
    const [x, keys] = [draw(1, [2, 3, 2]), draw(2, [2, 4, 2])];
    const { output } = model.attend(x, evaluation, { keys, causal: true });
    expectNear(numbers(output), numbers(scaledDotProductAttention(x, keys, keys, { causal: true })), near);
  });

  test.each([{}, { rotary: true, keyHeads: 1 }, { rotary: 100, keyHeads: 2 }])(
    "steps with a cache give what all at once give: %j",
    (options) => {
      const model = new MultiHeadAttention(8, 4, { key: key(0), dtype: "float64", ...options });
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          fc.nat(),
          (cuts, seed) => {
            const length = cuts.reduce((a, b) => a + b);
            const x = draw(seed, [2, length, 8]);
            let cache: AttentionCache | null = model.emptyCache(2, length + 1);
            const outputs: AnyTensor[] = [];
            let at = 0;
            for (const cut of cuts) {
              const part = slice(x, [null, [at, at + cut]]) as Double;
              const made: Attended<AnyTensor> = model.attend(part, evaluation, { cache: cache! });
              outputs.push(made.output);
              cache = made.cache;
              at += cut;
            }
            const all = model.forward(x, evaluation, { causal: true });
            expectNear(numbers(concat(outputs, 1) as AnyTensor), numbers(all), near);
            expect(cache!.filled.item()).toBe(length);
          },
        ),
        { numRuns: 10 },
      );
    },
  );

  test("one compiled program serves all steps", () => {
    const model = new MultiHeadAttention(4, 2, { key: key(0), rotary: true });
    const step = compile((m: typeof model, x: Tensor, cache: AttentionCache) => m.attend(x, evaluation, { cache }));
    const x = normal(key(1), [1, 3, 4]) as Tensor;
    let cache = model.emptyCache(1, 3);
    const outputs: AnyTensor[] = [];
    for (let t = 0; t < 3; t++) {
      const made = step(model, slice(x, [null, [t, t + 1]]) as Tensor, cache);
      outputs.push(made.output as AnyTensor);
      cache = made.cache!;
    }
    const all = model.forward(x, evaluation, { causal: true });
    expectNear(numbers(concat(outputs, 1) as AnyTensor), numbers(all), { rtol: 1e-5, atol: 1e-6 });
    expect(() => model.attend(slice(x, [null, [0, 1]]) as Tensor, evaluation, { cache })).toThrow(/index 3 is outside/);
  });

  test("heads that share keys are heads with equal weights", () => {
    const shared = new MultiHeadAttention(4, 2, { key: key(0), keyHeads: 1, dtype: "float64" });
    const twice = (w: AnyTensor): AnyTensor => concat([w, w]) as AnyTensor;
    const own = treeMap(new MultiHeadAttention(4, 2, { key: key(0), dtype: "float64" }), ({ path }) => {
      const [name, field] = path.split(".") as ["key", "weight"];
      const given = shared[name][field] as AnyTensor;
      return name === "key" || (name as string) === "value" ? twice(given) : given;
    }) as unknown as typeof shared;
    const x = draw(1, [2, 3, 4]);
    expectNear(numbers(own.forward(x)), numbers(shared.forward(x)), near);
  });

  test("masks of keys and of pairs are joined, with floats too; a query without keys gives the bias alone", () => {
    const model = new MultiHeadAttention(4, 2, { key: key(0), dtype: "float64" });
    const x = draw(1, [2, 3, 4]);
    const keyMask = tensor([
      [true, true, false],
      [false, false, false],
    ]) as AnyTensor;
    const mask = tensor([
      [true, false, true],
      [false, true, true],
      [true, true, true],
    ]) as AnyTensor;
    const { weights, output } = model.attend(x, evaluation, { mask, keyMask });
    const [first, second] = [0, 1].map((b) => slice(weights, [b, 0]).toArray() as number[][]);
    expect(first!.map((row) => row.map((weight) => weight > 0))).toEqual([
      [true, false, false],
      [false, true, false],
      [true, true, false],
    ]);
    expect(second!.flat()).toEqual(new Array(9).fill(0));
    expect(slice(output, [1, 2]).toArray()).toEqual(model.output.bias!.toArray());
    const added = slice(
      model.attend(x, evaluation, { mask: zeros([3, 3], { dtype: "float64" }), keyMask }).weights,
      [0, 1],
    );
    const plain = slice(model.attend(x, evaluation, { keyMask }).weights, [0, 1]);
    expect(added.toArray()).toEqual(plain.toArray());
    const { gradient } = valueAndGrad((m: typeof model) => sum(m.forward(x, evaluation, { keyMask })))(model);
    expect(numbers(gradient.key.weight as AnyTensor).every(Number.isFinite)).toBe(true);
  });

  test("dropout keeps or drops weights, after they are given out", () => {
    const model = new MultiHeadAttention(2, 1, { key: key(0), keep: 0.5, dtype: "float64" });
    const x = draw(1, [1, 4, 2]);
    const [a, b] = [1, 1].map(() => apply(model, x, { key: key(5) }).output);
    expect(numbers(a!)).toEqual(numbers(b!));
    expect(numbers(a!)).not.toEqual(numbers(model.forward(x)));
    expectNear(numbers(sum(model.attend(x).weights, -1)), new Array(4).fill(1), near);
  });
});

test("rows of weights are the softmax of products of queries and keys", () => {
  const model = new MultiHeadAttention(3, 1, { key: key(0), dtype: "float64", keyFeatures: 2, valueFeatures: 5 });
  const [x, keys, values] = [draw(1, [1, 2, 3]), draw(2, [1, 4, 2]), draw(3, [1, 4, 5])];
  const { weights, output } = model.attend(x, evaluation, { keys, values });
  const [q, k, v] = [model.query.forward(x), model.key.forward(keys), model.value.forward(values)] as AnyTensor[];
  const scores = (matmul(q!, k!, { transposeB: true }) as Tensor).mul(1 / Math.sqrt(3)).softmax();
  expectNear(numbers(weights), numbers(scores), near);
  expectNear(numbers(output), numbers(model.output.forward(matmul(scores, v!) as Tensor<readonly [1, 2, 3]>)), near);
});

describe("errors", () => {
  const model = new MultiHeadAttention(4, 2, { key: key(0) });
  const x = ones([2, 3, 4]);
  test.each<[string, () => unknown, RegExp]>([
    ["no key", () => new MultiHeadAttention(4, 2, {} as never), /there is no key.*new MultiHeadAttention\(4, 2, \{/],
    ["heads", () => new MultiHeadAttention(4, 3, { key: key(0) }), /3 heads for 4 features; heads must divide/],
    ["no heads", () => new MultiHeadAttention(4, 0, { key: key(0) }), /0 heads/],
    ["NaN", () => new MultiHeadAttention(Number.NaN, 2, { key: key(0) }), /2 heads for NaN features/],
    ["heads of keys", () => new MultiHeadAttention(8, 4, { key: key(0), keyHeads: 3 }), /4 heads and 3 of keys/],
    [
      "odd",
      () => new MultiHeadAttention(3, 1, { key: key(0), rotary: true }),
      /rotary is true for heads of 3 features/,
    ],
    ["a base", () => new MultiHeadAttention(4, 1, { key: key(0), rotary: -1 }), /rotary is -1/],
    ["an option", () => new MultiHeadAttention(4, 1, { key: key(0), dropout: 1 } as never), /no option "dropout"/],
    ["rank", () => model.forward(ones([3, 4])), /x is \[3, 4\]; give \[batch, length, features\]/],
    ["features", () => model.forward(ones([2, 3, 5]) as never), /Linear.*: x is \[2, 3, 5\]/],
    ["batches", () => model.forward(x, evaluation, { keys: ones([1, 3, 4]) }), /x is \[2, 3, 4\], keys \[1, 3, 4\]/],
    ["pairs", () => model.forward(x, evaluation, { values: ones([2, 2, 4]) }), /3.* and .*2/],
    ["no tensor", () => model.forward([] as never), /x is no tensor/],
    ["context", () => model.forward(x, { causal: true } as never), /second argument of forward is no context/],
    ["misspelled", () => model.forward(x, evaluation, { isCausal: true } as never), /no option "isCausal"/],
    [
      "mask of keys",
      () => model.forward(x, evaluation, { keyMask: ones([3]) }),
      /mask of keys is \[3\]; give \[2, 3\]/,
    ],
    ["of floats", () => model.forward(x, evaluation, { keyMask: ones([2, 3]) }), /mask of keys is float32; give bool/],
    ["mask", () => model.forward(x, evaluation, { mask: ones([5, 3]) }), /mask|broadcast/],
    [
      "cache and keys",
      () => model.forward(x, evaluation, { keys: x, cache: model.emptyCache(2, 3) }),
      /there are a cache and keys/,
    ],
    [
      "cache of another batch",
      () => model.forward(x, evaluation, { cache: model.emptyCache(1, 3) }),
      /keys of the cache are \[1, 2, 3, 2\].*make it by emptyCache\(2, longest\)/,
    ],
    ["no steps", () => model.forward(x, evaluation, { keys: ones([2, 0, 4]) }), /there are no keys/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});
