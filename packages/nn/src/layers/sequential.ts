import { type AnyTensor, ArgumentError, type OperandShape, ShapeError } from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../context.ts";
import type { ChainTakes, ChainVerdict, Demand, Flow, TakesVerdict } from "../layer-types.ts";
import { type LastAxis, Module } from "../module.ts";

/**
 * Layers one after another. Their tensors are named `layers.0.weight` and so on.
 * @throws ArgumentError for what is no module; ShapeError for neighbours that do not fit.
 * @example
 * const model = new Sequential(new Linear(3, 20, { key: key(0) }), new Relu(), new Linear(20, 1, { key: key(1) }));
 * model.forward(ones([5, 3])).shape; // [5, 1]
 */
export class Sequential<const L extends readonly Module[] = readonly Module[]> extends Module {
  // A mapped type, so that the compiler compares sequences by structure: a known one passes for `Sequential`.
  declare readonly "~chain": { readonly [I in keyof L]-?: L[I] };
  readonly layers: L;

  constructor(...layers: L & Demand<ChainVerdict<L>>) {
    super();
    this.layers = layers as readonly Module[] as L;
    checkChain(this.layers);
  }

  override get lastAxis(): LastAxis {
    let takes: number | null = null;
    let gives: LastAxis["gives"] = "same";
    for (const { lastAxis } of this.layers) {
      if (gives === "same") takes ??= lastAxis.takes;
      if (lastAxis.gives !== "same") gives = lastAxis.gives;
    }
    return { takes, gives };
  }

  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"Sequential", ChainTakes<L>, OperandShape<X>>>,
    context: Context = evaluation,
  ): Flow<L, X> {
    checkContext(this, context);
    let value: unknown = x;
    for (const layer of this.layers) value = layer.forward(value as never, context);
    return value as Flow<L, X>;
  }
}

function checkChain(layers: readonly Module[]): void {
  let known: number | null = null;
  let from = 0;
  layers.forEach((layer, i) => {
    if (!(layer instanceof Module)) {
      throw new ArgumentError("Sequential", `layer ${i} is no module`, "wrap functions, as in new Relu()");
    }
    const { takes, gives } = layer.lastAxis;
    if (known !== null && takes !== null && known !== takes) {
      const problem = `layer ${from} gives ${known} features, layer ${i} takes ${takes}`;
      throw new ShapeError("Sequential", problem, "change the size of one");
    }
    if (gives === "same") return;
    known = gives;
    from = i;
  });
}
