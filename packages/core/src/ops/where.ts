import { allocateUnfilled, promote, requireBool } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { kernels } from "../kernels/active.ts";
import { defineOp, draw, type Operand, toTensors } from "../op.ts";
import type { Shape } from "../shape.ts";
import { broadcastShapes, sizeOf } from "../shape.ts";
import type { Where } from "../signatures.ts";
import { storageOf, type Tensor } from "../tensor.ts";
import { logicalNot } from "./comparison.ts";

const truth = { dtype: "bool" } as const;

/**
 * Elements of `a` where the condition holds, else of `b`, all three broadcast. What is not selected receives a gradient
 * of 0, even if it is NaN or infinite.
 * @throws ShapeError when the shapes do not broadcast; DTypeError when the condition is not bool or a and b do not mix.
 * @example
 * where(tensor([true, false]), tensor([1, 2]), 0).toArray(); // [1, 0]
 */
export const where: Where = defineOp<Where>({
  name: "where",
  parse: (condition: Operand, a: Operand, b: Operand) => ({
    inputs: [...toTensors("where", condition), ...toTensors("where", a, b)],
    attributes: {},
  }),
  infer: ([condition, a, b]) => {
    requireBool("where", condition!.dtype);
    return {
      shape: broadcastShapes("where", condition!.shape, broadcastShapes("where", a!.shape, b!.shape)),
      dtype: promote("where", a!.dtype, b!.dtype),
    };
  },
  forward: ([condition, a, b], _, [result]) => {
    const { shape, dtype } = result!;
    const out = allocateUnfilled(dtype, sizeOf(shape));
    kernels.where(
      storageOf(condition!),
      condition!.shape,
      storageOf(a!),
      a!.shape,
      storageOf(b!),
      b!.shape,
      out,
      shape,
    );
    return out;
  },
  vjp: [
    null,
    ([g], { inputs: [condition] }) => where(condition as Tensor<Shape, "bool">, g!, 0),
    ([g], { inputs: [condition] }) => where(logicalNot(condition!), g!, 0),
  ],
  jvp: [
    null,
    (t, { inputs: [condition] }) => where(condition as Tensor<Shape, "bool">, t, 0),
    (t, { inputs: [condition] }) => where(condition as Tensor<Shape, "bool">, 0, t),
  ],
  batch: "aligned",
  samples: [
    { args: [draw([2, 3], truth), draw([2, 3]), draw([2, 3])] },
    { args: [draw([3], truth), draw([2, 1]), draw([])] },
    { args: [draw([2, 1], truth), draw([3]), 0] },
    { args: [true, draw([3]), draw([3])] },
  ],
  errors: [
    { args: [draw([2]), draw([2]), draw([2])], error: DTypeError, message: /where: expected bool, got float64/ },
    { args: [draw([2], truth), draw([2]), draw([3])], error: ShapeError, message: /where: \[2\] and \[3\] do not/ },
  ],
});
