import { isFloat } from "../dtype.ts";
import { GradientError } from "../errors.ts";
import type { Key } from "../key.ts";
import { concat, permute, reshape } from "../ops/movement.ts";
import { sizeOf } from "../shape.ts";
import { recordOn, Tape } from "../tape.ts";
import { type AnyTensor, emptyTensor, isTensor, type Tensor } from "../tensor.ts";
import { treeMap } from "../tree.ts";
import { grad } from "./grad.ts";
import { pullBack, pushForward } from "./sweep.ts";
import { enter, outputsOf } from "./trees.ts";

/** A tree of outputs; in the place of each tensor the tree of parameters; in the place of each of those a tensor. */
export type Jacobian<T, Out> = Out extends AnyTensor ? ByParameter<T> : { [K in keyof Out]: Jacobian<T, Out[K]> };

/** The tree with a tensor for each parameter, and `null` for other leaves. */
type ByParameter<T> = T extends AnyTensor
  ? Tensor
  : T extends Key
    ? null
    : T extends ((...args: never[]) => unknown) | string | number | boolean | null | undefined
      ? T
      : { [K in keyof T]: ByParameter<T[K]> };

export interface JacobianOptions {
  /** Row by row in reverse (the default), or column by column forward: cheaper where there are fewer inputs than outputs. */
  readonly mode?: "reverse" | "forward";
}

/**
 * All partial derivatives of a function of a tree: for each output and parameter a tensor of the output's shape followed
 * by the parameter's. Further arguments are constants.
 * @throws as `vjp`.
 * @example
 * jacobian((x: Tensor) => mul(x, x))(tensor([1, 2])).toArray(); // [[2, 0], [0, 4]]
 */
export function jacobian<T, Rest extends unknown[], Out>(
  f: (at: T, ...rest: Rest) => Out,
  { mode = "reverse" }: JacobianOptions = {},
): (at: T, ...rest: Rest) => Jacobian<T, Out> {
  return (at, ...rest) => {
    const entered = enter("jacobian", at);
    const tape = new Tape(entered.inputs);
    const value = recordOn(tape, () => f(entered.tree, ...rest));
    outputsOf("jacobian", value);
    const columns =
      mode === "forward" ? new Map(entered.inputs.map((input) => [input, columnsOf(tape, input)])) : undefined;
    return treeMap(value, ({ value: output }) => {
      if (!isTensor(output) || !isFloat(output.dtype)) {
        throw new GradientError("jacobian", "an output is no tensor of floats", "return floats only");
      }
      const rows = columns ? undefined : rowsOf(tape, output);
      return entered.map((input) => {
        const shape = [...output.shape, ...input.shape];
        const parts = columns ? columns.get(input)!(output) : rows!(input);
        if (parts.length === 0) return emptyTensor(shape, output.dtype)[0];
        const flat = concat(parts.map((part) => reshape(part, [1, part.size])));
        return reshape(columns ? permute(flat) : flat, shape);
      });
    }) as Jacobian<T, Out>;
  };
}

/** The i-th of the tensors that are 1 at one element and 0 elsewhere. */
function basis({ shape, dtype }: AnyTensor, i: number): AnyTensor {
  const [tensor, storage] = emptyTensor(shape, dtype);
  storage[i] = 1;
  return tensor;
}

/** For each element of an output, its gradient by an input. */
function rowsOf(tape: Tape, output: AnyTensor): (input: AnyTensor) => AnyTensor[] {
  const sweeps = Array.from({ length: sizeOf(output.shape) }, (_, i) => pullBack(tape, [output], [basis(output, i)]));
  return (input) => sweeps.map((sweep) => sweep.get(input) ?? emptyTensor(input.shape, input.dtype)[0]);
}

/** For each element of an input, the derivative of an output by it. */
function columnsOf(tape: Tape, input: AnyTensor): (output: AnyTensor) => AnyTensor[] {
  const sweeps = Array.from({ length: sizeOf(input.shape) }, (_, i) =>
    pushForward(tape, new Map([[input, basis(input, i)]])),
  );
  return (output) => sweeps.map((sweep) => sweep.get(output) ?? emptyTensor(output.shape, output.dtype)[0]);
}

/**
 * All second derivatives of a scalar function of a tree: for each pair of parameters a tensor of the one's shape followed
 * by the other's.
 * @throws as `grad`.
 * @example
 * hessian((x: Tensor) => sum(power(x, 3)))(tensor([1, 2])).toArray(); // [[6, 0], [0, 12]]
 */
export function hessian<T, Rest extends unknown[]>(
  f: (at: T, ...rest: Rest) => AnyTensor,
): (at: T, ...rest: Rest) => Jacobian<T, ByParameter<T>> {
  return (at, ...rest) => jacobian(grad(f))(at, ...rest) as Jacobian<T, ByParameter<T>>;
}
