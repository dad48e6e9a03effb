import { eye } from "../create.ts";
import { allocate, promote, toFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { luOf, luSolve } from "../kernels/reference/lu.ts";
import { checkTensor, checkTensors, defineOp, draw, type ErrorSample, type TensorSpec } from "../op.ts";
import { broadcastShapes, type Shape, sameShape, showShape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { mul, neg } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { gemm } from "./gemm.ts";
import { broadcastTo, permute, reshape } from "./movement.ts";
import { sum } from "./reduce.ts";

/** Far from singular, also when rounded to integers. */
const regular = { low: -2, high: 2, regular: true } as const;

/** The size of square matrices in the last two axes. */
export function squareSize(operation: string, { shape }: TensorSpec): number {
  const n = shape.at(-1);
  if (shape.length < 2 || n !== shape.at(-2)) {
    throw new ShapeError(operation, `${showShape(shape)} holds no square matrices`, "give [..., n, n]");
  }
  return n as number;
}

/** The last two axes exchanged. */
export function transposed(x: AnyTensor): AnyTensor {
  const order = x.shape.map((_, i) => i);
  return permute(x, [...order.slice(0, -2), x.rank - 1, x.rank - 2]) as AnyTensor;
}

export const notSquare = (name: string): ErrorSample => ({
  args: [draw([2, 3]), draw([2, 1])],
  error: ShapeError,
  message: RegExp(`${name}: \\[2, 3\\] holds no square matrices`),
});

/** Of the LU decompositions of square matrices (Golub and Van Loan, "Matrix Computations", 3.2). */
const luFlops = ({ shape }: TensorSpec): number => (2 / 3) * sizeOf(shape) * shape.at(-1)!;

/** Signature of `solve`. */
export type Solve = (a: AnyTensor, b: AnyTensor) => AnyTensor;

/** x stretched to a batch, its last two axes kept. */
function toBatch(x: AnyTensor, batch: Shape): AnyTensor {
  const shape = [...batch, ...x.shape.slice(-2)];
  return (sameShape(shape, x.shape) ? x : broadcastTo(x, shape)) as AnyTensor;
}

/**
 * The X of A·X = B, by LU decomposition with partial pivoting (Golub and Van Loan, "Matrix computations", section 3.4), for square matrices
 * A [..., n, n] and B [..., n, k] whose batches broadcast. A singular A gives infinities and NaN.
 * @throws ShapeError unless A is square and B fits; DTypeError for float32 with float64.
 * @example
 * solve(tensor([[2, 0], [0, 4]]), tensor([[2], [4]])).toArray(); // [[1], [1]]
 */
export const solve: Solve = defineOp<Solve>({
  name: "solve",
  parse: (a: AnyTensor, b: AnyTensor) => {
    checkTensors("solve", [a, b]);
    const n = squareSize("solve", a);
    if (b.rank < 2 || b.shape.at(-2) !== n) {
      throw new ShapeError(
        "solve",
        `${showShape(a.shape)} and ${showShape(b.shape)} make no linear system`,
        `give a right-hand side of [..., ${n}, k]`,
      );
    }
    const batch = broadcastShapes("solve", a.shape.slice(0, -2), b.shape.slice(0, -2));
    const dtype = toFloat(promote("solve", a.dtype, b.dtype));
    return { inputs: [a, b].map((x) => toBatch(cast(x, dtype) as AnyTensor, batch)), attributes: {} };
  },
  infer: ([, b]) => ({ shape: b!.shape, dtype: b!.dtype }),
  forward: ([a, b], _, [result]) => {
    const { shape, dtype } = result!;
    const out = allocate(dtype, sizeOf(shape));
    const [n, k] = [shape.at(-2)!, shape.at(-1)!];
    const [x, y] = [storageOf(a!), storageOf(b!)];
    for (let i = 0; i * n * k < out.length; i++) out.set(luSolve(luOf(x, i * n * n, n), y, i * n * k, k), i * n * k);
    return out;
  },
  // With A·X = B: A·dX = dB − dA·X, and the transpose of that.
  vjp: ([g], { inputs: [a], output }, needed) => {
    const pulled = solve(transposed(a!), g!);
    return [needed[0] ? (neg(gemm(pulled, output, { transposeB: true })) as AnyTensor) : null, pulled];
  },
  jvp: [
    (t, { inputs: [a], output }) => neg(solve(a!, gemm(t, output) as AnyTensor)),
    (t, { inputs: [a] }) => solve(a!, t),
  ],
  flops: ({ inputs: [a], outputs: [x] }) => {
    const n = a!.shape.at(-1)!;
    return luFlops(a!) + 2 * n * sizeOf(x!.shape);
  },
  batch: "all",
  samples: [
    { args: [draw([2, 2], regular), draw([2, 3])] },
    { args: [draw([3, 3], regular), draw([3, 1])] },
    { args: [draw([2, 3, 3], regular), draw([3, 2])] },
    { args: [draw([2, 2], regular), draw([2, 2, 1])] },
    { args: [draw([0, 0]), draw([0, 2])] },
  ],
  errors: [
    notSquare("solve"),
    {
      args: [draw([2, 2]), draw([3, 1])],
      error: ShapeError,
      message: /solve: \[2, 2\] and \[3, 1\] make no linear system/,
    },
  ],
});

/** Signature of `slogdet`. */
export type Slogdet = (a: AnyTensor) => readonly [sign: AnyTensor, logAbsDet: AnyTensor];

/**
 * Sign and logarithm of the absolute value of determinants, which overflow less than these; 0 and −∞ for singular matrices. The gradient
 * of the logarithm is A⁻ᵀ (Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008).
 * @throws ShapeError unless the last two axes are square.
 * @example
 * slogdet(tensor([[2, 0], [0, -0.5]])).map((part) => part.item()); // [-1, 0]
 */
export const slogdet: Slogdet = defineOp<Slogdet>({
  name: "slogdet",
  parse: (a: AnyTensor) => {
    checkTensor("slogdet", a, 0);
    squareSize("slogdet", a);
    return { inputs: [cast(a, toFloat(a.dtype)) as AnyTensor], attributes: {} };
  },
  infer: ([a]) => {
    const spec = { shape: a!.shape.slice(0, -2), dtype: a!.dtype };
    return [spec, spec];
  },
  forward: ([a], _, [result]) => {
    const { shape, dtype } = result!;
    const size = sizeOf(shape);
    const n = a!.shape.at(-1)!;
    const [signs, logs] = [allocate(dtype, size), allocate(dtype, size)];
    for (let i = 0; i < size; i++) {
      const { factors, sign } = luOf(storageOf(a!), i * n * n, n);
      let [direction, log] = [sign as number, 0];
      for (let k = 0; k < n; k++) {
        const pivot = factors[k * n + k]!;
        direction *= Math.sign(pivot);
        log += Math.log(Math.abs(pivot));
      }
      signs[i] = direction || 0;
      logs[i] = log;
    }
    return [signs, logs];
  },
  // d log|det A| = tr(A⁻¹ dA); the sign is constant.
  vjp: [([, g], { inputs: [a] }) => mul(reshape(g!, [...g!.shape, 1, 1]), transposed(inverseOf(a!)))],
  jvp: [(t, { inputs: [a] }) => [null, sum(mul(transposed(inverseOf(a!)), t), [-2, -1])]],
  branches: ({ outputs: [sign] }) => [sign!],
  flops: ({ inputs: [a] }) => luFlops(a!),
  batch: "same",
  samples: [{ args: [draw([2, 2], regular)] }, { args: [draw([3, 3], regular)] }, { args: [draw([2, 3, 3], regular)] }],
  errors: [{ args: [draw([2, 3])], error: ShapeError, message: /slogdet: \[2, 3\] holds no square matrices/ }],
});

/** A⁻¹, as the solution of A·X = 1. */
export function inverseOf(a: AnyTensor): AnyTensor {
  return solve(a, cast(eye(a.shape.at(-1)!, undefined, { dtype: "float64" }), a.dtype) as AnyTensor);
}
