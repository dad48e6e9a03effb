import {
  type AnyTensor,
  ArgumentError,
  add,
  defineOp,
  type JointPullBack,
  type JointPushForward,
  mul,
  type OpDef,
  stopGradient,
  sub,
} from "@tapegrad/core";
import { isPrimitive } from "./check-sample.ts";
import { CHANGES, type MutationKind } from "./mutate-kinds.ts";
import { type Pull, type Push, rulesOf } from "./mutate-normalize.ts";

/** One mistake in the gradient rule for one input of an operation. */
export interface Mutation {
  readonly kind: MutationKind;
  /** Whose rule is wrong. */
  readonly input: number;
  /** Which mode is wrong. `both`: the same mistake in both, as one partial derivative makes it that both modes are made from. */
  readonly mode: "reverse" | "forward" | "both";
  /** 2: first derivatives are right. */
  readonly order: 1 | 2;
  /** By how much `scale` and `scaled derivative` are wrong. */
  readonly factor?: number;
  /**
   * Which value is stale or detached, counted through the inputs and then the outputs; which other input is taken for this one; or which
   * term is missing.
   */
  readonly of?: number;
}

/**
 * A copy of an operation whose gradient rule is wrong in one way. Its values are right, and so are the other rules.
 * @throws ArgumentError for what is no operation with gradient rules; composites have none.
 * @example
 * const wrong = mutateRule(exp, { kind: "scale", factor: 1.0001, input: 0, mode: "reverse", order: 1 });
 * checkGradients((x) => sum(wrong(x)), tensor([0.1, 0.2], { dtype: "float64" })).verdict; // "fail"
 */
export function mutateRule<F>(operation: F, mutation: Mutation): F {
  const definition = definitionOf(operation);
  if (definition?.vjp === undefined) {
    const advice = "give an operation made by defineOp, defineUnary or defineBinary";
    throw new ArgumentError("mutateRule", "this is no operation with gradient rules", advice);
  }
  const { pull, push } = rulesOf(definition);
  const { mode } = mutation;
  const forward = push && (mode === "reverse" ? push : mutatedPush(push, mutation));
  // A definition without forward mode has it from its reverse mode, and keeps having it.
  return defineOp<F>({
    ...definition,
    vjp: mode === "forward" ? definition.vjp : joint(mutatedPull(pull, mutation), pull, mutation.input),
    ...(forward && { jvp: jointPush(forward) }),
  });
}

/** The definition of an operation that is no composite. */
export function definitionOf(operation: unknown): OpDef | undefined {
  const definition = (operation as { readonly definition?: OpDef } | null)?.definition;
  return definition !== undefined && isPrimitive(definition) ? definition : undefined;
}

function mutatedPull(pull: Pull, mutation: Mutation): Pull {
  return CHANGES[mutation.kind](pull, mutation);
}

/** All rules at once, the one of the named input wrong. */
function joint(wrong: Pull, right: Pull, named: number): JointPullBack {
  return (cotangents, at, needed, received) =>
    at.inputs.map((_, i) => (needed[i] ? (i === named ? wrong : right)(i, cotangents, at, received) : null));
}

/** Forward mode has the mistakes that mean the same in it. */
function mutatedPush(push: Push, { kind, input: named, factor = 1, of }: Mutation): Push {
  const wrong: Partial<Record<MutationKind, Push>> = {
    scale: (...call) => push(...call).map((t) => t && (mul(t, factor) as AnyTensor)),
    sign: (...call) => push(...call).map((t) => t && (mul(t, -1) as AnyTensor)),
    "dropped input": () => [],
    "swapped operands": (_, ...rest) => push(of!, ...rest),
    "scaled derivative": (...call) =>
      push(...call).map((t) => t && (add(t, mul(sub(t, stopGradient(t)), factor - 1)) as AnyTensor)),
  };
  const changed = wrong[kind];
  if (changed === undefined)
    throw new ArgumentError("mutateRule", `there is no "${kind}" in forward mode`, "mutate reverse mode");
  return (input, ...rest) => (input === named ? changed : push)(input, ...rest);
}

/** The sum of what the tangents of all inputs give. */
function jointPush(push: Push): JointPushForward {
  return (tangents, at) => {
    const sums: (AnyTensor | null)[] = at.outputs.map(() => null);
    tangents.forEach((tangent, i) => {
      if (tangent === undefined) return;
      push(i, tangent, at).forEach((term, j) => {
        if (term !== null) sums[j] = sums[j] ? (add(sums[j], term) as AnyTensor) : term;
      });
    });
    return sums;
  };
}

/**
 * A mutation in words.
 * @example
 * describeMutation({ kind: "stale saved value", of: 1, input: 0, mode: "reverse", order: 1 }); // "stale saved value 1, input 0, reverse"
 */
export function describeMutation({ kind, input, mode, order, factor, of }: Mutation): string {
  const detail = factor !== undefined ? ` ${factor}` : of !== undefined ? ` ${of}` : "";
  return `${kind}${detail}, input ${input}, ${mode}${order === 2 ? ", order 2" : ""}`;
}
