import { allocateUnfilled, promote } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { checkTensor, defineOp, draw, type TensorSpec } from "../op.ts";
import { checkOptions } from "../options.ts";
import { broadcastShapes, type Shape, showShape, sizeOf, stridesOf } from "../shape.ts";
import type { Matmul } from "../signatures.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";

export interface MatmulOptions {
  /** Swap the last two axes of the first operand before multiplying, without a copy. */
  readonly transposeA?: boolean;
  /** Swap the last two axes of the second operand before multiplying, without a copy. */
  readonly transposeB?: boolean;
}

type Transposes = Required<MatmulOptions>;

/** Rows and columns of one operand's matrices as they enter the product. */
function matrix(shape: Shape, transposed: boolean): [rows: number, columns: number] {
  const [rows, columns] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  return transposed ? [columns, rows] : [rows, columns];
}

/** Both shapes as they enter the product, for messages. */
function pairOf(a: TensorSpec, b: TensorSpec, { transposeA, transposeB }: Transposes): string {
  return `${showShape(a.shape)}${transposeA ? "ᵀ" : ""} and ${showShape(b.shape)}${transposeB ? "ᵀ" : ""}`;
}

/** The offsets of one matrix. */
const ONE = [0];

/** Offsets, in elements, of each matrix of the batch `batch` in an operand that broadcasts to it. */
function batchOffsets(shape: Shape, batch: Shape): readonly number[] {
  if (batch.length === 0) return ONE;
  const own = shape.slice(0, -2);
  const size = shape[shape.length - 2]! * shape[shape.length - 1]!;
  const strides = stridesOf(own).map((stride, i) => (own[i] === 1 ? 0 : stride * size));
  let offsets = [0];
  for (const [axis, length] of batch.entries()) {
    const stride = strides[axis - (batch.length - own.length)] ?? 0;
    const outer = offsets;
    offsets = new Array<number>(outer.length * length);
    for (let i = 0; i < offsets.length; i++) offsets[i] = outer[Math.floor(i / length)]! + (i % length) * stride;
  }
  return offsets;
}

/**
 * Products of matrices in the last two axes, over batches that broadcast. `matmul` adds vectors to this.
 * @throws ShapeError when the inner dimensions differ, the batches do not broadcast, or an operand is no matrix.
 * @example
 * gemm(tensor([[1, 2]]), tensor([[3, 4]]), { transposeB: true }).toArray(); // [[11]]
 */
export const gemm: Matmul<"gemm"> = defineOp<Matmul<"gemm">, Transposes>({
  name: "gemm",
  parse: (a: AnyTensor, b: AnyTensor, options: MatmulOptions = {}) => {
    checkOptions("gemm", options, "transposeA", "transposeB");
    const { transposeA = false, transposeB = false } = options;
    checkTensor("gemm", a, 0);
    checkTensor("gemm", b, 1);
    return { inputs: [a, b], attributes: { transposeA, transposeB } };
  },
  infer: ([a, b], attributes) => {
    const { transposeA, transposeB } = attributes;
    if (a!.shape.length < 2 || b!.shape.length < 2) {
      throw new ShapeError(
        "matmul",
        `${pairOf(a!, b!, attributes)} are not both matrices`,
        "give two axes or more, or leave out the transposes",
      );
    }
    const [m, k] = matrix(a!.shape, transposeA);
    const [inner, n] = matrix(b!.shape, transposeB);
    if (k !== inner) {
      throw new ShapeError(
        "matmul",
        `inner dimensions of ${pairOf(a!, b!, attributes)} differ`,
        `${k} must equal ${inner}; transpose an operand?`,
      );
    }
    const dtype = promote("matmul", a!.dtype, b!.dtype);
    if (dtype === "bool")
      throw new DTypeError("matmul", "bool matrices have no product", 'cast them, as in cast(x, "int32")');
    return { shape: [...broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n], dtype };
  },
  forward: ([a, b], { transposeA, transposeB }, [result]) => {
    const { shape, dtype } = result!;
    const [m, k] = matrix(a!.shape, transposeA);
    const n = shape[shape.length - 1]!;
    const out = allocateUnfilled(dtype, sizeOf(shape));
    const batch = shape.slice(0, -2);
    const aOffsets = batchOffsets(a!.shape, batch);
    const bOffsets = batchOffsets(b!.shape, batch);
    kernels.matmul(storageOf(a!), storageOf(b!), out, { m, n, k, transposeA, transposeB, aOffsets, bOffsets });
    return out;
  },
  // With C = A·B: dA = G·Bᵀ and dB = Aᵀ·G, each laid out as its operand is stored.
  vjp: [
    ([g], { inputs: [, b], attributes: { transposeA, transposeB } }) =>
      transposeA
        ? gemm(b!, g!, { transposeA: transposeB, transposeB: true })
        : gemm(g!, b!, { transposeB: !transposeB }),
    ([g], { inputs: [a], attributes: { transposeA, transposeB } }) =>
      transposeB
        ? gemm(g!, a!, { transposeA: true, transposeB: transposeA })
        : gemm(a!, g!, { transposeA: !transposeA }),
  ],
  jvp: [
    (t, { inputs: [, b], attributes }) => gemm(t, b!, attributes),
    (t, { inputs: [a], attributes }) => gemm(a!, t, attributes),
  ],
  flops: ({ inputs: [a], outputs: [c], attributes }) =>
    2 * sizeOf(c!.shape) * matrix(a!.shape, attributes.transposeA)[1],
  batch: "aligned",
  samples: [
    { args: [draw([2, 3]), draw([3, 4])] },
    { args: [draw([3, 2]), draw([3, 4]), { transposeA: true }] },
    { args: [draw([2, 3]), draw([4, 3]), { transposeB: true }] },
    { args: [draw([3, 2]), draw([4, 3]), { transposeA: true, transposeB: true }] },
    { args: [draw([5, 2, 3]), draw([5, 3, 2])] },
    { args: [draw([2, 1, 2, 3]), draw([3, 3, 2])] },
    { args: [draw([2, 0]), draw([0, 3])] },
  ],
  errors: [
    {
      args: [draw([2, 3]), draw([5, 4])],
      error: ShapeError,
      message: /matmul: inner dimensions of \[2, 3\] and \[5, 4\] differ/,
    },
    {
      args: [draw([2, 2, 3]), draw([3, 3, 2])],
      error: ShapeError,
      message: /matmul: \[2\] and \[3\] do not broadcast/,
    },
    { args: [draw([3]), draw([3, 2])], error: ShapeError, message: /are not both matrices/ },
    {
      args: [draw([2, 2]), draw([2, 2], { dtype: "float32" })],
      error: DTypeError,
      message: /matmul: float64 and float32 do not mix/,
    },
  ],
});
