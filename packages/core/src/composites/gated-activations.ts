import type { DType } from "../dtype.ts";
import type { FloatOf } from "../dtype-types.ts";
import { ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw } from "../op.ts";
import { sigmoid } from "../ops/activation.ts";
import { mul } from "../ops/arithmetic.ts";
import { greater } from "../ops/comparison.ts";
import { reshape, split } from "../ops/movement.ts";
import { where } from "../ops/where.ts";
import { normalizeAxis, type Shape, sameShape, showShape } from "../shape.ts";
import type { OperandDType } from "../signatures.ts";
import type { AnyTensor, Tensor } from "../tensor.ts";
import { floats } from "./reducing.ts";
import { perChannel } from "./standardizing.ts";

/** Signature of `prelu`. */
export type Prelu = <S extends Shape, D extends DType>(x: Tensor<S, D>, slope: AnyTensor) => Tensor<S, FloatOf<D>>;

/**
 * x above 0, a learned fraction of x below and at 0 (He et al., "Delving deep into rectifiers", 2015).
 * @param slope one number, or one for each channel of x, [batch, channels, ...].
 * @throws ShapeError for another number of slopes.
 * @example
 * prelu(tensor([[2, -2], [-4, 4]]), tensor([0.5, 0.25])).toArray(); // [[2, -0.5], [-2, 4]]
 */
export const prelu: Prelu = defineComposite<Prelu>(
  {
    name: "prelu",
    samples: [
      { args: [draw([2, 3], { avoid: [0] }), draw([3])] },
      { args: [draw([2, 2, 2], { avoid: [0] }), draw([2])] },
      { args: [draw([3], { avoid: [0] }), draw([1])] },
      { args: [draw([0, 2]), draw([])] },
    ],
    errors: [
      {
        args: [draw([2, 3]), draw([2])],
        error: ShapeError,
        message: /prelu: a slope of \[2\] does not fit \[2, 3\]; give \[1\], or \[3\] for the channels/,
      },
    ],
  },
  (x: AnyTensor, slope: AnyTensor) => {
    const value = floats("prelu", x, null);
    checkTensor("prelu", slope, 1);
    const channels = x.shape[1] ?? 1;
    if (slope.size !== 1 && !sameShape(slope.shape, [channels])) {
      throw new ShapeError(
        "prelu",
        `a slope of ${showShape(slope.shape)} does not fit ${showShape(x.shape)}`,
        `give [1], or [${channels}] for the channels`,
      );
    }
    const layout = slope.size === 1 ? [] : perChannel(x);
    return where(greater(value, 0), value, mul(value, reshape(slope, layout)));
  },
);

/** Signature of `glu`. */
export type Glu = <X extends AnyTensor>(x: X, axis?: number) => Tensor<Shape, FloatOf<OperandDType<X>>>;

/**
 * Gated linear unit: the first half of an axis times `sigmoid` of the second (Dauphin et al., "Language modeling with gated
 * convolutional networks", 2017).
 * @param axis the last if not given.
 * @throws ShapeError for an axis of odd length, or that there is not.
 * @example
 * glu(tensor([[2, 4, 0, 1000]])).toArray(); // [[1, 4]]
 */
export const glu: Glu = defineComposite<Glu>(
  {
    name: "glu",
    samples: [{ args: [draw([2, 4])] }, { args: [draw([2, 2, 3]), 1] }, { args: [draw([0, 2])] }],
    errors: [
      { args: [draw([2, 3])], error: ShapeError, message: /glu: axis 1 of \[2, 3\] has no two halves; give an even/ },
      { args: [draw([2]), 1], error: ShapeError, message: /glu: \[2\] has no axis 1/ },
    ],
  },
  (x: AnyTensor, axis = -1) => {
    const value = floats("glu", x, axis);
    const at = normalizeAxis("glu", axis, x.shape);
    if (x.shape[at]! % 2 !== 0) {
      throw new ShapeError("glu", `axis ${at} of ${showShape(x.shape)} has no two halves`, "give an even length");
    }
    const [half, gate] = split(value, 2, at) as readonly [AnyTensor, AnyTensor];
    return mul(half, sigmoid(gate));
  },
);
