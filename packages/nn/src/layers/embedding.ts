import {
  type AnyTensor,
  ArgumentError,
  checkOptions,
  DTypeError,
  embedding,
  equal,
  expandDims,
  type FloatDType,
  isFloat,
  isTensor,
  type Key,
  type OperandShape,
  type Shape,
  ShapeError,
  type Tensor,
  where,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import { drawParameter, type Initializer } from "../init/initializer.ts";
import { normal } from "../init/plain.ts";
import type { LayerRule, RuleOutput } from "../layer-types.ts";
import { Module } from "../module.ts";
import { formOf } from "./check-input.ts";
import { checkKey, checkSizes } from "./check-options.ts";

export interface EmbeddingLayerOptions<D extends FloatDType = FloatDType> {
  /** Where the table is drawn from. */
  readonly key: Key;
  /** Normal draws of standard deviation 1 if not given. */
  readonly initializer?: Initializer;
  /** An index that gives zeros, and teaches nothing: that of the token which fills short sequences up. */
  readonly paddingIndex?: number;
  /** float32 if not given. */
  readonly dtype?: D;
}

/** The rule of tables: each index becomes a row. */
export interface EmbeddingRule<Features extends number, D extends FloatDType> extends LayerRule {
  readonly output: Tensor<WithFeatures<OperandShape<this["input"]>, Features>, D>;
  readonly gives: Features;
}
type WithFeatures<S extends Shape, N extends number> = number extends S["length"] ? Shape : readonly [...S, N];

/**
 * A learned vector for each of `count` indices: x of int32 [...] to [..., features]. The table is `weight`, [count, features],
 * which as a weight of [out, in] also makes logits of features: `Linear.of(embedding.weight)` is a decoder whose weight stays
 * tied to the table, with one gradient and one update (Press and Wolf, "Using the output embedding to improve language models",
 * 2017).
 * @throws ArgumentError without a key, for sizes that are no positive whole numbers, or a padding index outside the table;
 * in `forward` DTypeError for indices that are not int32, ArgumentError for one outside the table.
 * @example
 * const layer = new Embedding(10, 4, { key: key(0) });
 * layer.forward(tensor([[1, 2, 3]], { dtype: "int32" })).shape; // [1, 3, 4]
 */
export class Embedding<
  const Count extends number = number,
  const Features extends number = number,
  D extends FloatDType = "float32",
> extends Module {
  declare readonly "~rule": EmbeddingRule<Features, D>;
  readonly weight: Tensor<readonly [Count, Features], D>;
  readonly paddingIndex: number | null;

  constructor(count: Count, features: Features, options: EmbeddingLayerOptions<D>) {
    super();
    checkOptions("Embedding", options ?? {}, "key", "initializer", "paddingIndex", "dtype");
    checkSizes("Embedding", "rows", count);
    checkSizes("Embedding", "features", features);
    const key = checkKey("Embedding", `Embedding(${count}, ${features}`, options);
    const { initializer = normal(), paddingIndex = null, dtype = "float32" as D } = options;
    this.weight = drawParameter("Embedding", initializer, key, [count, features] as const, dtype);
    if (paddingIndex !== null && !(Number.isInteger(paddingIndex) && paddingIndex >= 0 && paddingIndex < count)) {
      const problem = `paddingIndex ${paddingIndex} is none of ${count} rows`;
      throw new ArgumentError("Embedding", problem, `give one from 0 to ${count - 1}`);
    }
    this.paddingIndex = paddingIndex;
  }

  /**
   * An embedding with a given table.
   * @param weight [count, features]
   * @throws ShapeError for a table that is no matrix; DTypeError for one that holds no floats.
   * @example
   * const indices = tensor([1, 0], { dtype: "int32" });
   * Embedding.of(tensor([[1, 2], [3, 4]])).forward(indices).toArray(); // [[3, 4], [1, 2]]
   */
  static of<C extends number, F extends number, D extends FloatDType>(
    weight: Tensor<readonly [C, F], D>,
  ): Embedding<C, F, D> {
    if (!isTensor(weight) || weight.rank !== 2) {
      throw new ShapeError("Embedding.of", `the table is ${formOf(weight)}`, "give [count, features]");
    }
    if (!isFloat(weight.dtype)) {
      throw new DTypeError("Embedding.of", `the table is ${weight.dtype}`, 'cast it, as in cast(x, "float32")');
    }
    return Object.assign(Object.create(Embedding.prototype), { weight, paddingIndex: null });
  }

  override forward<X extends AnyTensor>(
    x: X,
    context: Context = evaluation,
  ): RuleOutput<EmbeddingRule<Features, D>, X> {
    checkContext(this, context);
    if (!isTensor(x) || x.dtype !== "int32") {
      const given = isTensor(x) ? `the indices are ${x.dtype}` : "the indices are no tensor";
      throw new DTypeError(context.nameOf(this), given, 'give int32, as in tensor([1, 2], { dtype: "int32" })');
    }
    const { weight, paddingIndex } = this;
    checkIndices(context.nameOf(this), x, weight.shape[0]);
    const rows = embedding(x, weight);
    const y = paddingIndex === null ? rows : where(expandDims(equal(x, paddingIndex), -1), 0, rows);
    return y as AnyTensor as RuleOutput<EmbeddingRule<Features, D>, X>;
  }
}

/** @throws ArgumentError for an index that is no row, where values are known: not while a function is compiled. */
function checkIndices(name: string, indices: AnyTensor, count: number): void {
  if (indices.isAbstract) return;
  // As an index of a tensor, −1 would be the last row, which for a token is a mistake.
  for (const index of indices.data()) {
    if (index >= 0 && index < count) continue;
    throw new ArgumentError(name, `index ${index} is none of ${count} rows`, `give 0 to ${count - 1}`);
  }
}
