import { GradientError } from "../errors.ts";
import type { OpDef } from "../op.ts";
import { alias } from "../ops/cast.ts";
import { sameShape, showShape } from "../shape.ts";
import { innermostWatching, withPaused } from "../tape.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";
import { describe } from "./trees.ts";

// A function that stands on the innermost tape as one entry, with a pull-back of its own. Transforms outside that one see the function, and
// later the pull-back, as they are written, so that second derivatives are right.

/** Values, and the map from their cotangents to cotangents of the inputs. */
export interface Evaluated {
  readonly values: readonly AnyTensor[];
  readonly pullBack: (cotangents: readonly AnyTensor[]) => readonly (AnyTensor | null)[];
}

type Body = (inputs: readonly AnyTensor[]) => Evaluated;

interface Opaque {
  readonly body: Body;
  readonly pullBack: Evaluated["pullBack"];
}

/** The operation that entries of a kind of opaque function name. */
export function opaqueOperation(name: string): OpDef<Opaque> {
  const definition: OpDef<Opaque> = {
    name,
    infer: (inputs, { body }) => body(inputs as readonly AnyTensor[]).values,
    forward: () => {
      throw new GradientError(name, "it runs a function of its own, and no kernel");
    },
    reapply: (inputs, { body }) => runOpaque(definition, body, inputs),
    vjp: (cotangents, { inputs, attributes }) => {
      const pulled = attributes.pullBack(cotangents);
      if (!Array.isArray(pulled) || pulled.length !== inputs.length) {
        const found = Array.isArray(pulled) ? `${pulled.length} cotangents` : describe(pulled);
        throw new GradientError(
          name,
          `the pull-back gave ${found} for ${inputs.length} arguments`,
          "give one tensor, or null, per argument",
        );
      }
      pulled.forEach((given, i) => {
        checkCotangent(name, given, inputs[i]!, i);
      });
      return pulled;
    },
    samples: [],
  };
  return definition;
}

/** @throws GradientError unless a cotangent is null, or has the shape and dtype of its argument. */
function checkCotangent(name: string, given: unknown, { shape, dtype }: AnyTensor, i: number): void {
  if (given === null || (isTensor(given) && sameShape(given.shape, shape) && given.dtype === dtype)) return;
  const found = isTensor(given) ? `${given.dtype} ${showShape(given.shape)}` : describe(given);
  throw new GradientError(
    name,
    `the pull-back gave ${found} for argument ${i + 1}, which is ${dtype} ${showShape(shape)}`,
    "give a cotangent of the argument's shape and dtype, or null",
  );
}

/** Runs a function as one entry of the innermost tape that watches an input. */
export function runOpaque(definition: OpDef<Opaque>, body: Body, inputs: readonly AnyTensor[]): readonly AnyTensor[] {
  const tape = innermostWatching(inputs);
  if (tape === undefined) return body(inputs).values.map((value) => alias(value) as AnyTensor);
  return withPaused(tape, inputs, () => {
    const { values, pullBack } = body(inputs);
    const outputs = values.map((value) => alias(value) as AnyTensor);
    tape.add({ operation: definition, inputs, outputs, attributes: { body, pullBack } });
    return outputs;
  });
}
