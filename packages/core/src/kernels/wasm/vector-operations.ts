import type { Body } from "../../wasm/builder.ts";
import { type FloatVector, i8x16, i32, type V128, v128 } from "../../wasm/instructions.ts";

/** An operation of a few instructions on vectors, which are variables. */
export type VectorOperation = (f: FloatVector, ...operands: V128[]) => V128;

/** Operations from floats to floats. */
export const arithmetic: Readonly<Record<string, VectorOperation>> = {
  add: (f, a, b) => f.add(a!, b!),
  sub: (f, a, b) => f.sub(a!, b!),
  mul: (f, a, b) => f.mul(a!, b!),
  mulStrongZero: (f, a, b) => v128.andNot(f.mul(a!, b!), v128.or(f.eq(a!, f.const(0)), f.eq(b!, f.const(0)))),
  div: (f, a, b) => f.div(a!, b!),
  maximum: (f, a, b) => f.max(a!, b!),
  minimum: (f, a, b) => f.min(a!, b!),
  relu: (f, a) => v128.andNot(a!, f.le(a!, f.const(0))),
  neg: (f, a) => f.neg(a!),
  abs: (f, a) => f.abs(a!),
  // ±1 where |a| > 0, else a itself: 0, −0 or NaN.
  sign: (f, a) => v128.select(v128.or(v128.and(a!, f.const(-0)), f.const(1)), a!, f.gt(f.abs(a!), f.const(0))),
  floor: (f, a) => f.floor(a!),
  ceil: (f, a) => f.ceil(a!),
  trunc: (f, a) => f.trunc(a!),
  round: (f, a) => f.nearest(a!),
  sqrt: (f, a) => f.sqrt(a!),
  rsqrt: (f, a) => f.div(f.const(1), f.sqrt(a!)),
  reciprocal: (f, a) => f.div(f.const(1), a!),
};

/** Operations from floats to masks, which are stored as bools. */
export const predicates: Readonly<Record<string, VectorOperation>> = {
  equal: (f, a, b) => f.eq(a!, b!),
  notEqual: (f, a, b) => f.ne(a!, b!),
  less: (f, a, b) => f.lt(a!, b!),
  lessEqual: (f, a, b) => f.le(a!, b!),
  greater: (f, a, b) => f.gt(a!, b!),
  greaterEqual: (f, a, b) => f.ge(a!, b!),
  isNaN: (f, a) => f.ne(a!, a!),
  isFinite: (f, a) => f.lt(f.abs(a!), f.const(Number.POSITIVE_INFINITY)),
};

/** Operations from bools to bools, each a byte of 0 or 1. */
export const logical: Readonly<Record<string, VectorOperation>> = {
  logicalAnd: (_, a, b) => v128.and(a!, b!),
  logicalOr: (_, a, b) => v128.or(a!, b!),
  logicalXor: (_, a, b) => v128.xor(a!, b!),
  logicalNot: (_, a) => v128.xor(a!, i8x16.splat(i32.const(1))),
};

/** `where`: the first operand is a mask. */
export const select: VectorOperation = (_, mask, a, b) => v128.select(a!, b!, mask!);

/** √a for `power`: unlike `sqrt`, of −0 it is 0 and of −∞ it is ∞. */
const root = (f: FloatVector, a: V128): V128 => {
  const isLowest = f.eq(a, f.const(Number.NEGATIVE_INFINITY));
  return v128.select(f.const(Number.POSITIVE_INFINITY), f.sqrt(f.add(a, f.const(0))), isLowest);
};

/** a to the power of numbers that need no logarithm. */
const powers: ReadonlyMap<number, (f: FloatVector, body: Body, a: V128) => V128> = new Map([
  [1, (_f, _body, a) => a],
  [2, (f, _, a) => f.mul(a, a)],
  [3, (f, _, a) => f.mul(f.mul(a, a), a)],
  [0.5, (f, _, a) => root(f, a)],
  [-0.5, (f, _, a) => f.div(f.const(1), root(f, a))],
  [-1, (f, _, a) => f.div(f.const(1), a)],
  [
    -2,
    (f, body, a) => {
      const inverse = body.local("v128", f.div(f.const(1), a));
      return f.mul(inverse, inverse);
    },
  ],
] as const);

/** Whether a power is one of those. */
export const isSimplePower = (exponent: number): boolean => powers.has(exponent);

/** a to such a power. */
export const simplePower = (f: FloatVector, body: Body, a: V128, exponent: number): V128 =>
  powers.get(exponent)!(f, body, a);
