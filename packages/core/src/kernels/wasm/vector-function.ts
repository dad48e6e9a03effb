import type { Body } from "../../wasm/builder.ts";
import type { FloatVector, V128 } from "../../wasm/instructions.ts";

/** A function of a vector, with variables of the body for what is used twice. */
export type VectorFunction = (body: Body, x: V128) => V128;

/** Σ cᵢ·xⁱ by Horner's rule, from the highest coefficient. */
export function polynomial(f: FloatVector, coefficients: readonly number[], x: V128): V128 {
  return coefficients
    .slice(0, -1)
    .reduceRight<V128>((sum, c) => f.madd(sum, x, f.const(c)), f.const(coefficients.at(-1)!));
}

/** A value as a variable: expressions are code, which would be repeated where a value is used twice. */
export const keep = (body: Body, x: V128): V128 => body.local("v128", x);

/** The same with even and odd powers apart: two chains of half the length, which the processor runs side by side. */
export function longPolynomial(f: FloatVector, body: Body, coefficients: readonly number[], x: V128): V128 {
  const square = keep(body, f.mul(x, x));
  const half = (odd: 0 | 1): V128 =>
    polynomial(
      f,
      coefficients.filter((_, i) => i % 2 === odd),
      square,
    );
  return f.madd(half(1), x, half(0));
}
