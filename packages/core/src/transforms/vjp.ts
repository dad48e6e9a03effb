import { isFloat } from "../dtype.ts";
import { GradientError, ShapeError } from "../errors.ts";
import { alias } from "../ops/cast.ts";
import { checkOptions } from "../options.ts";
import { sameShape, showShape } from "../shape.ts";
import { recordOn, Tape } from "../tape.ts";
import { type AnyTensor, emptyTensor, isTensor } from "../tensor.ts";
import { type At, treeAt, treeVisit } from "../tree.ts";
import { pullBack } from "./sweep.ts";
import { enter, type Gradient, outputsOf, type Selection } from "./trees.ts";

export interface DifferentiateOptions<Path extends string | undefined = string | undefined> extends Selection<Path> {
  /** Throw when the result does not depend on a parameter, instead of giving zeros. */
  readonly strict?: boolean;
}

/** The gradient that options ask for: of the part at a path, or of the whole tree with `null` where nothing was asked. */
export type GradientOf<T, W> = W extends string ? Gradient<At<T, W>> : Gradient<T>;

export interface PulledBack<T, Out, W = undefined> {
  readonly value: Out;
  /** Cotangents of the outputs, in the structure of `value`, to cotangents of the first argument. May be called again. */
  readonly pullBack: (cotangents: Gradient<Out>) => GradientOf<T, W>;
}

/**
 * Reverse mode, the primitive one: the value of a function, and the map from cotangents of its outputs to cotangents of
 * its first argument, a tree. Further arguments are constants.
 * @throws GradientError when the function returns a promise or no tensor, or the tree has no parameter.
 * @example
 * const { value, pullBack } = vjp((x: Tensor) => exp(x))(tensor([0]));
 * pullBack(tensor([2])).toArray(); // [2]
 */
export function vjp<T, Rest extends unknown[], Out, const W extends string | undefined = undefined>(
  f: (at: T, ...rest: Rest) => Out,
  options: DifferentiateOptions<W> = {},
): (at: T, ...rest: Rest) => PulledBack<T, Out, W> {
  return (at, ...rest) => differentiate("vjp", f, options, at, rest);
}

/** `vjp` for any transform, by whose name errors go. */
export function differentiate<T, Rest extends unknown[], Out, W extends string | undefined>(
  transform: string,
  f: (at: T, ...rest: Rest) => Out,
  options: DifferentiateOptions<W>,
  at: T,
  rest: Rest,
): PulledBack<T, Out, W> {
  checkOptions(transform, options, "wrt", "select", "strict");
  const { strict = false, ...selection } = options;
  const entered = enter(transform, at, selection as Selection);
  if (typeof f !== "function")
    throw new GradientError(transform, "the first argument is no function", `write ${transform}(f)(x)`);
  const tape = new Tape(entered.inputs);
  const value = recordOn(tape, () => f(entered.tree, ...rest));
  const outputs = outputsOf(transform, value);
  return {
    value,
    pullBack: (cotangents) => {
      const [reached, received] = pair(transform, value, cotangents);
      const result = pullBack(tape, reached, received);
      const handedOut = new Set<AnyTensor>();
      const whole = entered.map((input, { path }) => {
        const gradient = result.get(input);
        if (gradient === undefined && strict && !outputs.includes(input)) {
          throw new GradientError(
            transform,
            `the result does not depend on ${path || "the argument"}`,
            "leave out strict to get zeros",
          );
        }
        if (gradient === undefined) return emptyTensor(input.shape, input.dtype)[0];
        // Two gradients that are one tensor would pass for tied in a tree.
        const own = handedOut.has(gradient) ? (alias(gradient) as AnyTensor) : gradient;
        handedOut.add(own);
        return own;
      });
      return (selection.wrt === undefined ? whole : treeAt(whole, selection.wrt)) as GradientOf<T, W>;
    },
  };
}

/** Outputs beside their cotangents, which must match them. */
function pair(transform: string, value: unknown, cotangents: unknown): [AnyTensor[], AnyTensor[]] {
  const outputs: AnyTensor[] = [];
  const received: AnyTensor[] = [];
  treeVisit(
    value,
    ({ value: output, path }, cotangent) => {
      if (!isTensor(output) || !isFloat(output.dtype) || cotangent === null) return;
      const name = path === "" ? "the cotangent" : `the cotangent of ${path}`;
      if (!isTensor(cotangent))
        throw new GradientError(transform, `${name} is no tensor`, "give one tensor per output, or null");
      if (!sameShape(cotangent.shape, output.shape)) {
        const shapes = `${showShape(cotangent.shape)}, but the output is ${showShape(output.shape)}`;
        throw new ShapeError(transform, `${name} is ${shapes}`, "give it the shape of the output");
      }
      if (cotangent.dtype !== output.dtype) {
        throw new GradientError(
          transform,
          `${name} is ${cotangent.dtype}, but the output is ${output.dtype}`,
          "cast it",
        );
      }
      outputs.push(output);
      received.push(cotangent);
    },
    cotangents,
  );
  return [outputs, received];
}
