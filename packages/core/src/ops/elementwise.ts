import { allocateUnfilled, type DType, isFloat } from "../dtype.ts";
import { kernels } from "../kernels/active.ts";
import type { BinaryLoop, UnaryLoop } from "../kernels/kernels.ts";
import {
  defineOp,
  type ErrorSample,
  type Op,
  type OpDef,
  type Operand,
  type PushForward,
  type Sample,
  toTensors,
} from "../op.ts";
import { broadcastShapes, type Shape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";
import { mulStrongZero, neg } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { where } from "./where.ts";

/**
 * A partial derivative: a number for a constant, a tensor of floats, or a tensor of bool for "1 where true, else 0".
 * Stated once, it serves both modes: reverse multiplies the cotangent by it, forward the tangent.
 */
export type Partial = number | AnyTensor;

interface ElementwiseDef {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly errors?: readonly ErrorSample[];
}

interface UnaryDef extends ElementwiseDef {
  /** The dtype of the result. */
  readonly dtype: (dtype: DType) => DType;
  readonly loop: UnaryLoop;
  /** dy/dx in terms of x and y. Left out: the operation has no gradient. */
  readonly partial?: (x: AnyTensor, y: AnyTensor) => Partial;
  /** The decision taken at each element, in terms of x and y; see `OpDef`. */
  readonly branch?: (x: AnyTensor, y: AnyTensor) => AnyTensor;
}

/**
 * An operation on each element of one tensor.
 * @example
 * const cube = defineUnary<FloatUnary>({
 *   name: "cube",
 *   dtype: toFloat,
 *   loop: (x, out) => {
 *     for (let i = 0; i < out.length; i++) out[i] = x[i]! ** 3;
 *   },
 *   partial: (x) => mul(square(x), 3),
 *   samples: [{ args: [draw([2, 3])] }],
 * });
 * cube(tensor([1, 2])).toArray(); // [1, 8]
 */
export function defineUnary<F>(definition: UnaryDef): Op<F> {
  const { name, dtype, loop, partial, branch, samples, errors } = definition;
  const rule: PushForward | undefined =
    partial && ((signal, { inputs: [x], output }) => times(signal, partial(x!, output)));
  return defineOp<F>({
    name,
    infer: ([x]) => ({ shape: x!.shape, dtype: dtype(x!.dtype) }),
    forward: ([x], _, [result]) => {
      const input = storageOf(x!);
      const out = allocateUnfilled(result!.dtype, input.length);
      kernels.unary(name, loop, input, out);
      return out;
    },
    ...bothModes(rule && [rule]),
    ...(branch && { branches: ({ inputs: [x], output }) => [branch(x!, output)] }),
    batch: "same",
    samples,
    ...(errors && { errors }),
  });
}

interface BinaryDef extends ElementwiseDef {
  /** The dtype of the result. */
  readonly dtype: (operation: string, a: DType, b: DType) => DType;
  readonly loop: BinaryLoop;
  /** dz/dx and dz/dy in terms of x, y and z. Left out: the operation has no gradient. */
  readonly partials?: readonly [BinaryPartial, BinaryPartial];
  /** The decisions taken at each element, in terms of x and y; see `OpDef`. */
  readonly branches?: (x: AnyTensor, y: AnyTensor) => readonly AnyTensor[];
}

type BinaryPartial = (x: AnyTensor, y: AnyTensor, z: AnyTensor) => Partial;

/**
 * An operation on each pair of elements of two operands that broadcast.
 * @example
 * const weigh = defineBinary<Binary<"weigh">>({
 *   name: "weigh",
 *   dtype: (_, a, b) => (a === "float64" ? a : b),
 *   loop: (x, i, di, y, j, dj, out, start, end) => {
 *     for (let o = start; o < end; o++, i += di, j += dj) out[o] = x[i]! ** 2 * y[j]!;
 *   },
 *   partials: [(x, y) => mul(mul(x, y), 2), (x) => square(x)],
 *   samples: [{ args: [draw([2, 3]), draw([3])] }],
 * });
 * weigh(tensor([[1], [3]]), tensor([1, 10])).toArray(); // [[1, 10], [9, 90]]
 */
export function defineBinary<F>(definition: BinaryDef): Op<F> {
  const { name, dtype, loop, partials, branches, samples, errors } = definition;
  const rules = partials?.map<PushForward>(
    (partial) =>
      (signal, { inputs: [x, y], output }) =>
        times(signal, partial(inDTypeOf(output, x!), inDTypeOf(output, y!), output)),
  );
  return defineOp<F>({
    name,
    parse: (a: Operand, b: Operand) => ({ inputs: toTensors(name, a, b), attributes: {} }),
    infer: ([a, b]) => ({ shape: broadcastShapes(name, a!.shape, b!.shape), dtype: dtype(name, a!.dtype, b!.dtype) }),
    forward: ([a, b], _, [result]) => {
      const { shape } = result!;
      const out = allocateUnfilled(result!.dtype, sizeOf(shape));
      kernels.binary(name, loop, storageOf(a!), a!.shape, storageOf(b!), b!.shape, out, shape);
      return out;
    },
    ...bothModes(rules),
    ...(branches && { branches: ({ inputs: [x, y] }) => branches(x!, y!) }),
    batch: "aligned",
    samples,
    ...(errors && { errors }),
  });
}

/** An operand as the partial derivatives see it: integers beside floats count as floats. */
function inDTypeOf(output: AnyTensor, x: AnyTensor): AnyTensor {
  return x.dtype === output.dtype || !isFloat(output.dtype) ? x : cast(x, output.dtype);
}

/** The Jacobian of an elementwise operation is diagonal: the rule that pushes forward also pulls back. */
function bothModes(rules: readonly PushForward[] | undefined): Pick<OpDef, "vjp" | "jvp"> {
  if (rules === undefined) return {};
  return {
    vjp: rules.map(
      (rule) =>
        ([g], at) =>
          rule(g!, at) as AnyTensor,
    ),
    jvp: rules,
  };
}

/** A cotangent or tangent times a partial derivative, where 0 is strong. */
function times(signal: AnyTensor, partial: Partial): AnyTensor {
  if (partial === 1) return signal;
  if (partial === -1) return neg(signal);
  if (typeof partial === "number") return mulStrongZero(signal, partial);
  return partial.dtype === "bool" ? where(partial as Tensor<Shape, "bool">, signal, 0) : mulStrongZero(signal, partial);
}
