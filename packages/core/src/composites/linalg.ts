import { eye } from "../create.ts";
import { type FloatDType, toFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensor, defineComposite, draw, type ErrorSample, type Sample } from "../op.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { exp } from "../ops/exponential.ts";
import { gemm } from "../ops/gemm.ts";
import { inverseOf, slogdet, solve, squareSize } from "../ops/linear-systems.ts";
import { broadcastTo, reshape } from "../ops/movement.ts";
import { pivotOrder } from "../ops/pivot-order.ts";
import { slice } from "../ops/slice.ts";
import { where } from "../ops/where.ts";
import type { AnyTensor } from "../tensor.ts";

type OnMatrices = (a: AnyTensor) => AnyTensor;
const f64 = { dtype: "float64" } as const;

const notSquare = (name: string): ErrorSample => ({
  args: [draw([2, 3]), 2],
  error: ShapeError,
  message: RegExp(`${name}: \\[2, 3\\] holds no square matrices`),
});

/** Far from singular, also when rounded to integers. */
const regular = { low: -2, high: 2, regular: true } as const;
const matrices: readonly Sample[] = [
  { args: [draw([2, 2], regular)] },
  { args: [draw([3, 3], regular)] },
  { args: [draw([2, 2, 2], regular)] },
  { args: [draw([4, 4], regular)] },
];

/** Square matrices of floats, checked. */
function square(name: string, a: AnyTensor): AnyTensor {
  checkTensor(name, a, 0);
  squareSize(name, a);
  return cast(a, toFloat(a.dtype)) as AnyTensor;
}

/**
 * Inverses of square matrices [..., n, n]; of a singular one, infinities and NaN. To solve a linear system, use `solve`.
 * @throws ShapeError unless the last two axes are square.
 * @example
 * inverse(tensor([[2, 0], [0, 4]])).toArray(); // [[0.5, 0], [0, 0.25]]
 */
export const inverse: OnMatrices = defineComposite<OnMatrices>(
  { name: "inverse", samples: matrices, errors: [notSquare("inverse")] },
  (a: AnyTensor) => inverseOf(square("inverse", a)),
);

/**
 * Determinants of square matrices [..., n, n], computed in float64. Derivatives exist for singular matrices too: up to n = 3 the
 * polynomial is written out, and above for what elimination leaves of three rows and columns. They are exact at every order where the
 * rank is n − 3 or more, and up to the third elsewhere, where they are 0.
 * @throws ShapeError unless the last two axes are square.
 * @example
 * det(tensor([[1, 2], [3, 4]])).item(); // -2
 */
export const det: OnMatrices = defineComposite<OnMatrices>(
  {
    name: "det",
    samples: [...matrices, { args: [draw([2, 5, 5], regular)] }, { args: [draw([1, 1])] }, { args: [draw([3, 0, 0])] }],
    errors: [notSquare("det")],
  },
  (a: AnyTensor) => {
    const input = square("det", a);
    return input.shape.at(-1)! > WRITTEN ? eliminated(input) : writtenOut(input);
  },
);

/** The size up to which determinants are written out as polynomials. */
const WRITTEN = 3;

/** Rows from and to before, and columns, of matrices [..., n, n]. */
function block(a: AnyTensor, rows: readonly [number, number], columns: readonly [number, number]): AnyTensor {
  return slice(a, [...Array<null>(a.rank - 2).fill(null), rows, columns]) as AnyTensor;
}

/**
 * det A = det A₁₁ · det(A₂₂ − A₂₁·A₁₁⁻¹·A₁₂), in an order of rows and columns that puts the smallest pivots into the 3×3 block A₂₂:
 * A₁₁ is singular only where the rank is below n − 3, and with it all derivatives up to the third are 0.
 */
function eliminated(input: AnyTensor): AnyTensor {
  const n = input.shape.at(-1)!;
  const a = cast(input, "float64") as AnyTensor;
  const [rows, columns, isRegular] = pivotOrder(a, n - WRITTEN);
  const ordered = gemm(gemm(rows, a), columns) as AnyTensor;
  const [first, last] = [[0, n - WRITTEN] as const, [n - WRITTEN, n] as const];
  const corner = block(ordered, first, first);
  // A singular corner is replaced before it is inverted: its NaN would pass through matrix products, though nothing is made of them.
  const safe = where(
    reshape(isRegular, [...isRegular.shape, 1, 1]),
    corner,
    eye(n - WRITTEN, undefined, f64),
  ) as AnyTensor;
  const below = gemm(block(ordered, last, first), solve(safe, block(ordered, first, last)));
  const [sign, log] = slogdet(safe);
  const product = mul(mul(sign, exp(log)), writtenOut(sub(block(ordered, last, last), below) as AnyTensor));
  return cast(where(isRegular, product, 0), input.dtype as FloatDType) as AnyTensor;
}

/** Determinants of small matrices, as polynomials. */
function writtenOut(a: AnyTensor): AnyTensor {
  const batch = Array<null>(a.rank - 2).fill(null);
  const columns = Array.from({ length: a.shape.at(-1)! }, (_, i) => i);
  const element = (i: number, j: number): AnyTensor => slice(a, [...batch, i, j]) as AnyTensor;
  return minor(columns, 0, element) ?? emptyDeterminant(a);
}

/** The determinant of the last rows and of given columns, by the first of those rows (Laplace); `undefined` for none: a factor of 1. */
function minor(
  columns: readonly number[],
  row: number,
  element: (i: number, j: number) => AnyTensor,
): AnyTensor | undefined {
  let sum: AnyTensor | undefined;
  columns.forEach((column, k) => {
    const below = minor(columns.toSpliced(k, 1), row + 1, element);
    const here = element(row, column);
    const term = (below === undefined ? here : mul(here, below)) as AnyTensor;
    sum = sum === undefined ? term : ((k % 2 === 0 ? add(sum, term) : sub(sum, term)) as AnyTensor);
  });
  return sum;
}

/** 1, for matrices without elements. */
const emptyDeterminant = (a: AnyTensor): AnyTensor => exp(slogdet(a)[1]) as AnyTensor;

/** Signature of `matrixPower`. */
export type MatrixPower = (a: AnyTensor, n: number) => AnyTensor;

/**
 * Square matrices multiplied by themselves n times, by squaring; a negative n takes the inverse.
 * @throws ShapeError unless the last two axes are square; ArgumentError for an n that is no whole number.
 * @example
 * matrixPower(tensor([[1, 1], [0, 1]]), 5).toArray(); // [[1, 5], [0, 1]]
 */
export const matrixPower: MatrixPower = defineComposite<MatrixPower>(
  {
    name: "matrixPower",
    samples: [...[1, 3].map((n) => ({ args: [draw([2, 2], regular), n] })), { args: [draw([3, 3], regular), -2] }],
    errors: [
      notSquare("matrixPower"),
      { args: [draw([2, 2]), 0.5], error: ArgumentError, message: /matrixPower: 0.5 is no whole number/ },
    ],
  },
  (a: AnyTensor, n: number) => {
    let base = square("matrixPower", a);
    if (!Number.isInteger(n))
      throw new ArgumentError("matrixPower", `${n} is no whole number`, "give how often to multiply");
    if (n < 0) base = inverseOf(base);
    let power = broadcastTo(cast(eye(base.shape.at(-1)!), base.dtype) as AnyTensor, base.shape) as AnyTensor;
    for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) power = gemm(power, base) as AnyTensor;
      if (rest > 1) base = gemm(base, base) as AnyTensor;
    }
    return power;
  },
);
