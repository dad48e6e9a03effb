// Generic functions: operations whose shapes are type parameters compile without casts where the answer does not depend
// on the parameters, and give a tensor of an open shape otherwise. Compiled, never run.
import type { DType, FloatDType } from "../../src/dtype.ts";
import type { NestedValues } from "../../src/signatures.ts";
import * as t from "./functions.ts";
import { expect, type F32, type Shape, type Tensor } from "./functions.ts";

export interface LinearLayer<In extends number, Out extends number> {
  readonly weight: F32<readonly [Out, In]>;
  readonly bias: F32<readonly [Out]>;
}
declare function linear<In extends number, Out extends number>(inputs: In, outputs: Out): LinearLayer<In, Out>;

/** The body of nn's layer: no cast. */
function apply<B extends Shape, In extends number, Out extends number>(
  layer: LinearLayer<In, Out>,
  x: F32<readonly [...B, NoInfer<In>]>,
): F32<readonly [...B, Out]> {
  return t.linear(x, layer.weight, layer.bias);
}

/** The same by hand. */
function applyByHand<In extends number, Out extends number>(
  weight: F32<readonly [In, Out]>,
  bias: F32<readonly [Out]>,
  x: F32<readonly [32, In]>,
): Tensor {
  return t.add(t.matmul(x, weight), bias);
}

function twice<B extends Shape, N extends number>(
  layer: LinearLayer<N, N>,
  x: F32<readonly [...B, N]>,
): F32<readonly [...B, N]> {
  return apply(layer, t.exp(apply(layer, x)));
}

function residual<S extends Shape>(x: F32<S>): F32<S> {
  return t.add(x, t.mul(t.softmax(t.neg(x)), 0.5));
}

function residualOfAny<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return t.add(x, t.exp(x));
}

function positive<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, "bool"> {
  return t.logicalAnd(t.greater(x, 0), t.finite(x));
}

function total<S extends Shape>(x: F32<S>): F32<readonly []> {
  return t.sum(t.mul(x, x));
}

function standard<S extends Shape>(x: F32<S>): Tensor {
  const centered = t.sub(x, t.mean(x, -1, { keepdims: true }));
  return t.div(centered, t.add(t.variance(x, -1, { keepdims: true }), 1e-5));
}

function calls<
  S extends Shape,
  B extends Shape,
  N extends number,
  M extends number,
  D extends FloatDType,
  V extends NestedValues,
>(
  x: Tensor<S, D>,
  batch: F32<readonly [...B, N]>,
  matrix: F32<readonly [N, M]>,
  vector: F32<readonly [3]>,
  bool: Tensor<S, "bool">,
  int: Tensor<S, "int32">,
  values: V,
): readonly Tensor[] {
  return [
    t.add(x, x),
    t.add(x, vector),
    t.add(vector, batch),
    t.add(batch, t.zeros([5])),
    t.add(matrix, vector),
    t.add(matrix, batch),
    t.sub(1, x),
    t.div(x, 2),
    t.logicalAnd(bool, t.less(x, 3)),
    t.where(bool, x, 0),
    t.where(t.less(x, 0), vector, batch),
    t.softmax(x, 1),
    t.softmax(batch),
    t.sum(x, 0),
    t.sum(batch, [0, 1]),
    t.sum(matrix, 1, { keepdims: true }),
    t.reshape(x, [2, -1]),
    t.reshape(vector, x.shape),
    t.reshape(matrix, [3, 5]),
    t.reshape(batch, matrix.shape),
    t.flatten(x, 1),
    t.permute(x),
    t.permute(batch, [1, 0]),
    t.transpose(x),
    t.transpose(matrix),
    t.broadcastTo(x, [2, 3]),
    t.broadcastTo(vector, batch.shape),
    t.expandDims(x, 0),
    t.squeeze(x, 0),
    t.squeeze(matrix, 0),
    t.slice(x, [0, null]),
    t.slice(matrix, [0, [1]]),
    t.pad(x, [[1, 1]]),
    t.pad(matrix, [
      [1, 1],
      [0, 0],
    ]),
    t.concat([x, x]),
    t.concat([matrix, matrix]),
    t.stack([x, x]),
    ...t.split(x, 2),
    t.matmul(x, x),
    t.matmul(batch, matrix),
    t.matmul(matrix, vector),
    t.matmul(vector, batch),
    t.linear(batch, t.transpose(matrix)),
    t.linear(x, t.zeros([3, 4])),
    t.gather(x, int, 0),
    t.gather(vector, int, 0),
    t.take(x, int),
    t.oneHot(int, 3),
    t.sort(x, 0)[0],
    t.zeros(x.shape),
    t.full(matrix.shape, 1, { dtype: x.dtype }),
    t.tensor(values),
    t.tensor([values, values]),
  ];
}

/** A function of whole tensors. */
function compose<T extends Tensor>(x: T): Tensor {
  return t.sum(t.add(t.exp(x), t.matmul(x, x)), 0);
}

const layer = linear(784, 10);
expect(apply(layer, t.zeros([32, 784]))).toBe<F32<readonly [32, 10]>>(true);
expect(apply(layer, t.zeros([784]))).toBe<F32<readonly [10]>>(true);
expect(apply(layer, t.zeros([] as unknown as readonly [number, 784]))).toBe<F32<readonly [number, 10]>>(true);
expect(residual(t.zeros([2, 3]))).toBe<F32<readonly [2, 3]>>(true);
// @ts-expect-error - 28 is not 784
apply(layer, t.zeros([32, 28]));

export { applyByHand, calls, compose, positive, residualOfAny, standard, total, twice };
