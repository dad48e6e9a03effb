import { isFloat } from "../dtype.ts";
import { GradientError, ShapeError } from "../errors.ts";
import { sameShape, showShape } from "../shape.ts";
import { recordOn, Tape } from "../tape.ts";
import { type AnyTensor, emptyTensor, isTensor } from "../tensor.ts";
import { treeMap } from "../tree.ts";
import { grad } from "./grad.ts";
import { pushForward } from "./sweep.ts";
import { enter, type Gradient, outputsOf, type Tangent } from "./trees.ts";

export interface PushedForward<Out> {
  readonly value: Out;
  /** In the structure of `value`; `null` where the output is no tensor of floats. */
  readonly tangent: Gradient<Out>;
}

/**
 * Forward mode: the value of a function, and the derivative of its outputs along a tangent of its first argument, a
 * tree. Further arguments are constants.
 * @param tangent in the structure of the first argument; `null` counts as zeros.
 * @throws GradientError when the function returns a promise or no tensor, or the tree has no parameter; ShapeError when a
 * tangent has not the shape of its parameter.
 * @example
 * jvp((x: Tensor) => mul(x, x))(tensor(3), tensor(1)).tangent.item(); // 6
 */
export function jvp<T, Rest extends unknown[], Out>(
  f: (at: T, ...rest: Rest) => Out,
): (at: T, tangent: Tangent<T>, ...rest: Rest) => PushedForward<Out> {
  return (at, tangent, ...rest) => {
    const entered = enter("jvp", at);
    const tangents = new Map<AnyTensor, AnyTensor>();
    // Inputs stand in the order of their first places, so that one seen again is a tied tensor with another tangent.
    let visited = 0;
    entered.map((input, { path }, along) => {
      const name = path === "" ? "the tangent" : `the tangent of ${path}`;
      if (entered.inputs.indexOf(input) < visited) {
        throw new GradientError(
          "jvp",
          `${name} differs from that of another place of the same tensor`,
          "tied tensors move together",
        );
      }
      visited++;
      if (along === null) return null;
      checkTangent(input, along, name);
      tangents.set(input, along);
      return along;
    }, tangent);
    const tape = new Tape(entered.inputs);
    const value = recordOn(tape, () => f(entered.tree, ...rest));
    outputsOf("jvp", value);
    const known = pushForward(tape, tangents);
    return { value, tangent: tangentsOf(value, known) };
  };
}

/** What a forward sweep found, in the structure of a function's result. */
export function tangentsOf<Out>(value: Out, known: ReadonlyMap<AnyTensor, AnyTensor>): Gradient<Out> {
  return treeMap(value, ({ value: output }) => {
    if (!isTensor(output) || !isFloat(output.dtype)) return null;
    return known.get(output) ?? emptyTensor(output.shape, output.dtype)[0];
  }) as Gradient<Out>;
}

function checkTangent(input: AnyTensor, tangent: unknown, name: string): asserts tangent is AnyTensor {
  if (!isTensor(tangent))
    throw new GradientError("jvp", `${name} is no tensor`, "give one tensor per parameter, or null");
  if (!sameShape(tangent.shape, input.shape)) {
    throw new ShapeError(
      "jvp",
      `${name} is ${showShape(tangent.shape)}, but the parameter ${showShape(input.shape)}`,
      "give it the parameter's shape",
    );
  }
  if (tangent.dtype !== input.dtype) {
    throw new GradientError("jvp", `${name} is ${tangent.dtype}, but the parameter ${input.dtype}`, "cast it");
  }
}

/**
 * The product of the Hessian of a scalar function with a vector, without the Hessian: forward mode over reverse mode
 * (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).
 * @throws as `grad` and `jvp`.
 * @example
 * hvp((x: Tensor) => sum(power(x, 3)))(tensor([1, 2]), tensor([1, 0])).toArray(); // [6, 0]
 */
export function hvp<T, Rest extends unknown[]>(
  f: (at: T, ...rest: Rest) => AnyTensor,
): (at: T, vector: Tangent<T>, ...rest: Rest) => Gradient<T> {
  return (at, vector, ...rest) => jvp(grad(f))(at, vector, ...rest).tangent as Gradient<T>;
}
