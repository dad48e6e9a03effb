import { allocate, type Storage } from "../dtype.ts";
import { pivotOrderOf } from "../kernels/reference/lu.ts";
import { defineOp } from "../op.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { type AnyTensor, storageOf, type Tensor } from "../tensor.ts";

type PivotOrder = (
  a: AnyTensor,
  count: number,
) => readonly [rows: AnyTensor, columns: AnyTensor, isComplete: Tensor<Shape, "bool">];

/**
 * Permutation matrices P and Q of [..., n, n] for matrices A of [..., n, n]: the diagonal of P·A·Q begins with the first `count` pivots that
 * elimination with complete pivoting takes. A row of P has the sign that makes det(P)·det(Q) = 1. Last comes whether there are so many
 * pivots, but for rounding, in bools of [...]. Constant to differentiation.
 */
export const pivotOrder: PivotOrder = defineOp<PivotOrder, { readonly count: number }>({
  name: "pivotOrder",
  parse: (a: AnyTensor, count: number) => ({ inputs: [a], attributes: { count } }),
  infer: ([a]) => [a!, a!, { shape: a!.shape.slice(0, -2), dtype: "bool" }],
  forward: ([a], { count }, results) => {
    const [ps, qs, complete] = results.map(({ shape, dtype }) => allocate(dtype, sizeOf(shape))) as [
      Storage,
      Storage,
      Storage,
    ];
    const n = a!.shape.at(-1)!;
    for (let m = 0, start = 0; m < complete.length; m++, start += n * n) {
      const { rows, columns, sign, isComplete } = pivotOrderOf(storageOf(a!), start, n, count);
      complete[m] = Number(isComplete);
      for (let i = 0; i < n; i++) {
        ps[start + i * n + rows[i]!] = i === 0 ? sign : 1;
        qs[start + columns[i]! * n + i] = 1;
      }
    }
    return [ps, qs, complete];
  },
  constant: true,
  flops: ({ inputs: [a] }) => (2 / 3) * sizeOf(a!.shape) * a!.shape.at(-1)!,
  batch: "same",
  // Not public: the samples of det check it.
  samples: [],
});
