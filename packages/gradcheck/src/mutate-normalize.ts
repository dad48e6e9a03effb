import { type AnyTensor, type Applied, isFloat, isTensor, type OpDef, zerosLike } from "@tapegrad/core";
import { rerun } from "./engine/rerun.ts";

/** The gradient rules of an operation in one form, whichever form its definition states them in. */
export interface Rules {
  /** The cotangent of one input, before it is un-broadcast; `null` for none. */
  readonly pull: Pull;
  /** What the tangent of one input adds to the tangents of the outputs; none where the definition states no forward mode. */
  readonly push: Push | undefined;
}

export type Pull = (
  input: number,
  cotangents: readonly AnyTensor[],
  at: Applied,
  received: readonly boolean[],
) => AnyTensor | null;
export type Push = (input: number, tangent: AnyTensor, at: Applied) => readonly (AnyTensor | null)[];

export function rulesOf(definition: OpDef): Rules {
  return { pull: pullOf(definition), push: pushOf(definition) };
}

function pullOf({ vjp = [] }: OpDef): Pull {
  return (input, cotangents, at, received) => {
    if (typeof vjp !== "function") return vjp[input]?.(cotangents, at) ?? null;
    const needed = at.inputs.map((_, i) => i === input);
    return vjp(cotangents, at, needed, received)[input] ?? null;
  };
}

function pushOf(definition: OpDef): Push | undefined {
  const { jvp } = definition;
  if (jvp === undefined) return undefined;
  if (jvp === "linear") {
    return (input, tangent, { inputs, attributes }) =>
      rerun(
        { operation: definition, attributes },
        inputs.map((x, i) => (i === input ? tangent : isFloat(x.dtype) ? zerosLike(x) : x)),
      );
  }
  if (typeof jvp === "function") {
    return (input, tangent, at) =>
      jvp(
        at.inputs.map((_, i) => (i === input ? tangent : undefined)),
        at,
      );
  }
  return (input, tangent, at) => {
    const result = jvp[input]?.(tangent, at) ?? [];
    return isTensor(result) ? [result] : (result as readonly (AnyTensor | null)[]);
  };
}
