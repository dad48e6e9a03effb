import {
  type AnyTensor,
  type Applied,
  add,
  adopt,
  cast,
  isFloat,
  mul,
  ones,
  reshape,
  roll,
  sameShape,
  slice,
  stopGradient,
  sub,
  transpose,
} from "@tapegrad/core";
import type { Pull } from "./mutate-normalize.ts";
import type { Mutation } from "./mutate-rule.ts";
import { withoutTerm } from "./mutate-term.ts";

/** A changed rule of the input that a mutation names. */
type Change = (pull: Pull, mutation: Mutation) => Pull;

/** Kinds of mistakes, those of the second order last. */
export type MutationKind =
  | "scale"
  | "sign"
  | "dropped input"
  | "dropped element"
  | "dropped term"
  | "swapped operands"
  | "missing un-broadcast"
  | "wrong axis"
  | "off by one"
  | "ignored cotangent"
  | "stale saved value"
  | "detached cotangent"
  | "detached value"
  | "scaled derivative";

/** What each kind of mistake does to a gradient rule. */
export const CHANGES: Readonly<Record<MutationKind, Change>> = {
  scale: afterwards((g, _, { factor }) => mul(g, factor!) as AnyTensor),
  sign: afterwards((g) => mul(g, -1) as AnyTensor),
  "dropped input": () => () => null,
  "dropped element": afterwards((g) => mul(g, allButLast(g)) as AnyTensor),
  "dropped term":
    (pull, { of }) =>
    (input, cotangents, at, received) =>
      withoutTerm((gs, own) => pull(input, gs, own, received), of!)(cotangents, at),
  "swapped operands":
    (pull, { of }) =>
    (_, ...rest) =>
      pull(of!, ...rest),
  "missing un-broadcast": afterwards((g, { shape }) => firstOf(g, shape)),
  "wrong axis": afterwards((g) => (g.rank < 2 ? g : (reshape(transpose(g), g.shape) as AnyTensor))),
  "off by one": afterwards((g) => (g.rank === 0 ? g : (roll(g, 1, -1) as AnyTensor))),
  "ignored cotangent": withCotangents((g) => ones(g.shape, { dtype: g.dtype }) as AnyTensor),
  // What another element had: in the domain of the operation, whatever that is.
  "stale saved value": withValue((x) => roll(x, 1) as AnyTensor),
  "detached cotangent": withCotangents(stopGradient),
  "detached value": withValue(stopGradient),
  "scaled derivative": afterwards((g, _, { factor }) => add(g, mul(sub(g, stopGradient(g)), factor! - 1)) as AnyTensor),
};

/** A mistake in what a rule gives. */
function afterwards(change: (gradient: AnyTensor, input: AnyTensor, mutation: Mutation) => AnyTensor): Change {
  return (pull, mutation) => (input, cotangents, at, received) => {
    const gradient = pull(input, cotangents, at, received);
    return gradient && change(gradient, at.inputs[input]!, mutation);
  };
}

/** A mistake in what a rule receives. */
function withCotangents(change: (cotangent: AnyTensor) => AnyTensor): Change {
  return (pull) => (input, cotangents, at, received) =>
    pull(
      input,
      cotangents.map((g) => (isFloat(g.dtype) ? change(g) : g)),
      at,
      received,
    );
}

/** A mistake in what a rule remembers: the input or output that `of` counts. */
function withValue(change: (value: AnyTensor) => AnyTensor): Change {
  return (pull, { of }) =>
    (input, cotangents, at, received) =>
      pull(input, cotangents, remembering(at, of!, change), received);
}

/** The inputs and then the outputs of an executed operation are counted. */
export function remembering(at: Applied, of: number, change: (value: AnyTensor) => AnyTensor): Applied {
  const count = at.inputs.length;
  if (of < count) return { ...at, inputs: at.inputs.map((x, i) => (i === of ? change(x) : x)) };
  const outputs = at.outputs.map((y, i) => (i === of - count ? change(y) : y));
  return { ...at, outputs, output: outputs[0]! };
}

function allButLast({ size, shape, dtype }: AnyTensor): AnyTensor {
  const mask = Float64Array.from({ length: size }, (_, i) => (i === size - 1 ? 0 : 1));
  return cast(adopt(mask, shape) as AnyTensor, dtype);
}

/** The first of those elements that un-broadcasting would sum up. */
function firstOf(g: AnyTensor, shape: readonly number[]): AnyTensor {
  if (sameShape(g.shape, shape)) return g;
  const more = g.rank - shape.length;
  const ranges = g.shape.map((size, axis) => {
    if (axis < more) return 0;
    return shape[axis - more] === 1 && size > 1 ? ([0, 1] as const) : null;
  });
  return slice(g, ranges) as AnyTensor;
}
