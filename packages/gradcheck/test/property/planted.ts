import { type AnyTensor, defineOp, mul, type OpDef } from "@tapegrad/core";

/** An operation whose cotangents are all too large by a factor. */
export function withScaledRule(op: unknown, factor: number): unknown {
  const definition = (op as { readonly definition: OpDef }).definition;
  const scale = (cotangent: AnyTensor | null): AnyTensor | null => cotangent && (mul(cotangent, factor) as AnyTensor);
  const { vjp } = definition;
  if (vjp === undefined) return op;
  return defineOp({
    ...definition,
    vjp:
      typeof vjp === "function"
        ? (...args) => vjp(...args).map(scale)
        : vjp.map((rule) => rule && ((cotangents, at) => scale(rule(cotangents, at))!)),
  });
}
