import { type Code, flatten, float, signed, unsigned } from "./encode.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** Code that leaves one value on the stack. */
export interface Expression<T extends ValueType = ValueType> {
  readonly type: T;
  readonly code: Code;
}

export type I32 = Expression<"i32">;
export type F32 = Expression<"f32">;
export type F64 = Expression<"f64">;
export type V128 = Expression<"v128">;

const make = <T extends ValueType>(type: T, ...code: Code[]): Expression<T> => ({ type, code });

type Unary<A extends ValueType, R extends ValueType> = (a: Expression<A>) => Expression<R>;
type Binary<A extends ValueType, R extends ValueType, B extends ValueType = A> = (
  a: Expression<A>,
  b: Expression<B>,
) => Expression<R>;

const unary =
  <A extends ValueType, R extends ValueType>(result: R, ...opcode: number[]): Unary<A, R> =>
  (a) => ({ type: result, code: [a.code, ...opcode] });
const binary =
  <A extends ValueType, R extends ValueType, B extends ValueType = A>(
    result: R,
    ...opcode: number[]
  ): Binary<A, R, B> =>
  (a, b) => ({ type: result, code: [a.code, b.code, ...opcode] });

/** A vector instruction, by its number in the specification. */
const simd = (opcode: number): number[] => [...flatten([0xfd, unsigned(opcode)])];
const vv = (opcode: number): Binary<"v128", "v128"> => binary("v128", ...simd(opcode));
const v = (opcode: number): Unary<"v128", "v128"> => unary("v128", ...simd(opcode));
const shift = (opcode: number): Binary<"v128", "v128", "i32"> => binary("v128", ...simd(opcode));

export const i32: { readonly const: (value: number) => I32; readonly eqz: Unary<"i32", "i32"> } & Readonly<
  Record<
    | "eq"
    | "ne"
    | "ltS"
    | "ltU"
    | "gtS"
    | "gtU"
    | "leU"
    | "geS"
    | "geU"
    | "add"
    | "sub"
    | "mul"
    | "divU"
    | "remU"
    | "and"
    | "or"
    | "xor"
    | "shl"
    | "shrS"
    | "shrU"
    | "rotl",
    Binary<"i32", "i32">
  >
> = {
  const: (value: number): I32 => make("i32", 0x41, signed(value | 0)),
  eqz: unary<"i32", "i32">("i32", 0x45),
  eq: binary<"i32", "i32">("i32", 0x46),
  ne: binary<"i32", "i32">("i32", 0x47),
  ltS: binary<"i32", "i32">("i32", 0x48),
  ltU: binary<"i32", "i32">("i32", 0x49),
  gtS: binary<"i32", "i32">("i32", 0x4a),
  gtU: binary<"i32", "i32">("i32", 0x4b),
  leU: binary<"i32", "i32">("i32", 0x4d),
  geS: binary<"i32", "i32">("i32", 0x4e),
  geU: binary<"i32", "i32">("i32", 0x4f),
  add: binary<"i32", "i32">("i32", 0x6a),
  sub: binary<"i32", "i32">("i32", 0x6b),
  mul: binary<"i32", "i32">("i32", 0x6c),
  divU: binary<"i32", "i32">("i32", 0x6e),
  remU: binary<"i32", "i32">("i32", 0x70),
  and: binary<"i32", "i32">("i32", 0x71),
  or: binary<"i32", "i32">("i32", 0x72),
  xor: binary<"i32", "i32">("i32", 0x73),
  shl: binary<"i32", "i32">("i32", 0x74),
  shrS: binary<"i32", "i32">("i32", 0x75),
  shrU: binary<"i32", "i32">("i32", 0x76),
  rotl: binary<"i32", "i32">("i32", 0x77),
};

export const f32: { readonly const: (value: number) => F32; readonly demote: Unary<"f64", "f32"> } & Readonly<
  Record<"add" | "sub" | "mul" | "div", Binary<"f32", "f32">>
> &
  Readonly<Record<"ne" | "lt" | "gt" | "le" | "ge", Binary<"f32", "i32">>> = {
  const: (value: number): F32 => make("f32", 0x43, float(value, 32)),
  demote: unary<"f64", "f32">("f32", 0xb6),
  add: binary<"f32", "f32">("f32", 0x92),
  sub: binary<"f32", "f32">("f32", 0x93),
  mul: binary<"f32", "f32">("f32", 0x94),
  div: binary<"f32", "f32">("f32", 0x95),
  ne: binary<"f32", "i32">("i32", 0x5c),
  lt: binary<"f32", "i32">("i32", 0x5d),
  gt: binary<"f32", "i32">("i32", 0x5e),
  le: binary<"f32", "i32">("i32", 0x5f),
  ge: binary<"f32", "i32">("i32", 0x60),
};

export const f64: { readonly const: (value: number) => F64; readonly promote: Unary<"f32", "f64"> } & Readonly<
  Record<"add" | "sub" | "mul" | "div", Binary<"f64", "f64">>
> &
  Readonly<Record<"ne" | "le" | "ge", Binary<"f64", "i32">>> = {
  const: (value: number): F64 => make("f64", 0x44, float(value, 64)),
  promote: unary<"f32", "f64">("f64", 0xbb),
  add: binary<"f64", "f64">("f64", 0xa0),
  sub: binary<"f64", "f64">("f64", 0xa1),
  mul: binary<"f64", "f64">("f64", 0xa2),
  div: binary<"f64", "f64">("f64", 0xa3),
  ne: binary<"f64", "i32">("i32", 0x62),
  le: binary<"f64", "i32">("i32", 0x65),
  ge: binary<"f64", "i32">("i32", 0x66),
};

export const v128: {
  readonly not: Unary<"v128", "v128">;
  readonly select: (a: V128, b: V128, mask: V128) => V128;
  readonly anyTrue: Unary<"v128", "i32">;
  readonly shuffle: (a: V128, b: V128, lanes: readonly number[]) => V128;
  readonly const: (bytes: readonly number[]) => V128;
} & Readonly<Record<"and" | "andNot" | "or" | "xor", Binary<"v128", "v128">>> = {
  not: v(0x4d),
  and: vv(0x4e),
  andNot: vv(0x4f),
  or: vv(0x50),
  xor: vv(0x51),
  /** Bits of `a` where `mask` has 1, else of `b`. */
  select: (a: V128, b: V128, mask: V128): V128 => make("v128", a.code, b.code, mask.code, 0xfd, 0x52),
  anyTrue: unary<"v128", "i32">("i32", ...simd(0x53)),
  /** Bytes of `a` (0 to 15) and `b` (16 to 31), as `lanes` names them. */
  shuffle: (a: V128, b: V128, lanes: readonly number[]): V128 => make("v128", a.code, b.code, 0xfd, 0x0d, ...lanes),
  const: (bytes: readonly number[]): V128 => make("v128", 0xfd, 0x0c, ...bytes),
};

const lane =
  (opcode: number) =>
  (a: V128, index: number): { code: Code } => ({ code: [a.code, simd(opcode), index] });

/** Four integers of 32 bits. */
export const i32x4: {
  readonly splat: Unary<"i32", "v128">;
  readonly lane: (a: V128, index: number) => I32;
  readonly truncate: Unary<"v128", "v128">;
} & Readonly<
  Record<"eq" | "ne" | "ltS" | "gtS" | "leS" | "geS" | "add" | "sub" | "mul" | "minS" | "maxS", Binary<"v128", "v128">>
> &
  Readonly<Record<"shl" | "shrS" | "shrU", Binary<"v128", "v128", "i32">>> = {
  splat: unary<"i32", "v128">("v128", ...simd(0x11)),
  lane: (a: V128, index: number): I32 => make("i32", lane(0x1b)(a, index).code),
  eq: vv(0x37),
  ne: vv(0x38),
  ltS: vv(0x39),
  gtS: vv(0x3b),
  leS: vv(0x3d),
  geS: vv(0x3f),
  add: vv(0xae),
  sub: vv(0xb1),
  mul: vv(0xb5),
  minS: vv(0xb6),
  maxS: vv(0xb8),
  shl: shift(0xab),
  shrS: shift(0xac),
  shrU: shift(0xad),
  /** Floats towards 0, NaN to 0, what is too large to the largest. */
  truncate: v(0xf8),
};

/** Sixteen integers of 8 bits. */
export const i8x16: { readonly splat: Unary<"i32", "v128"> } & Readonly<Record<"ne", Binary<"v128", "v128">>> = {
  splat: unary<"i32", "v128">("v128", ...simd(0x0f)),
  ne: vv(0x24),
};

/** Two integers of 64 bits. */
export const i64x2: { readonly extendLow: Unary<"v128", "v128"> } & Readonly<
  Record<"add" | "sub", Binary<"v128", "v128">>
> &
  Readonly<Record<"shl" | "shrS" | "shrU", Binary<"v128", "v128", "i32">>> = {
  add: vv(0xce),
  sub: vv(0xd1),
  shl: shift(0xcb),
  shrS: shift(0xcc),
  shrU: shift(0xcd),
  extendLow: v(0xc7),
};

/** What both kinds of float vectors have: kernels are written once, for either. */
export interface FloatVector {
  readonly lanes: 2 | 4;
  readonly bits: 32 | 64;
  const(value: number): V128;
  add(a: V128, b: V128): V128;
  sub(a: V128, b: V128): V128;
  mul(a: V128, b: V128): V128;
  div(a: V128, b: V128): V128;
  min(a: V128, b: V128): V128;
  max(a: V128, b: V128): V128;
  /** b < a ? b : a, and a < b ? b : a, as one instruction of the processor: beside a NaN the first operand. */
  lesser(a: V128, b: V128): V128;
  greater(a: V128, b: V128): V128;
  abs(a: V128): V128;
  neg(a: V128): V128;
  sqrt(a: V128): V128;
  nearest(a: V128): V128;
  floor(a: V128): V128;
  ceil(a: V128): V128;
  trunc(a: V128): V128;
  eq(a: V128, b: V128): V128;
  ne(a: V128, b: V128): V128;
  lt(a: V128, b: V128): V128;
  gt(a: V128, b: V128): V128;
  le(a: V128, b: V128): V128;
  ge(a: V128, b: V128): V128;
  /** a·b + c: rounded once where the engine fuses it (relaxed SIMD), else twice. */
  madd(a: V128, b: V128, c: V128): V128;
}

/** Whether products and sums are fused: relaxed SIMD. */
export interface Features {
  readonly fma: boolean;
}

const constants = { 32: new Map<number, V128>(), 64: new Map<number, V128>() };

/** One number in every lane: of each there is one code. */
function everywhere(value: number, bits: 32 | 64): V128 {
  // Maps take -0 for 0.
  const known = Object.is(value, -0) ? undefined : constants[bits].get(value);
  if (known !== undefined) return known;
  const made = v128.const(Array.from({ length: 128 / bits }, () => float(value, bits)).flat());
  if (!Object.is(value, -0)) constants[bits].set(value, made);
  return made;
}

export function f32x4({
  fma,
}: Features): FloatVector & { splat(a: F32): V128; lane(a: V128, index: number): F32; convert(a: V128): V128 } {
  return {
    lanes: 4,
    bits: 32,
    const: (value) => everywhere(value, 32),
    splat: unary<"f32", "v128">("v128", ...simd(0x13)),
    lane: (a, index) => make("f32", lane(0x1f)(a, index).code),
    convert: v(0xfa),
    eq: vv(0x41),
    ne: vv(0x42),
    lt: vv(0x43),
    gt: vv(0x44),
    le: vv(0x45),
    ge: vv(0x46),
    ceil: v(0x67),
    floor: v(0x68),
    trunc: v(0x69),
    nearest: v(0x6a),
    abs: v(0xe0),
    neg: v(0xe1),
    sqrt: v(0xe3),
    add: vv(0xe4),
    sub: vv(0xe5),
    mul: vv(0xe6),
    div: vv(0xe7),
    min: vv(0xe8),
    max: vv(0xe9),
    lesser: vv(0xea),
    greater: vv(0xeb),
    madd: (a, b, c) =>
      fma
        ? make("v128", a.code, b.code, c.code, 0xfd, 0x85, 0x02)
        : make("v128", a.code, b.code, 0xfd, 0xe6, 0x01, c.code, 0xfd, 0xe4, 0x01),
  };
}

export function f64x2({ fma }: Features): FloatVector & { splat(a: F64): V128; lane(a: V128, index: number): F64 } {
  return {
    lanes: 2,
    bits: 64,
    const: (value) => everywhere(value, 64),
    splat: unary<"f64", "v128">("v128", ...simd(0x14)),
    lane: (a, index) => make("f64", lane(0x21)(a, index).code),
    eq: vv(0x47),
    ne: vv(0x48),
    lt: vv(0x49),
    gt: vv(0x4a),
    le: vv(0x4b),
    ge: vv(0x4c),
    ceil: v(0x74),
    floor: v(0x75),
    trunc: v(0x7a),
    nearest: v(0x94),
    abs: v(0xec),
    neg: v(0xed),
    sqrt: v(0xef),
    add: vv(0xf0),
    sub: vv(0xf1),
    mul: vv(0xf2),
    div: vv(0xf3),
    min: vv(0xf4),
    max: vv(0xf5),
    lesser: vv(0xf6),
    greater: vv(0xf7),
    madd: (a, b, c) =>
      fma
        ? make("v128", a.code, b.code, c.code, 0xfd, 0x87, 0x02)
        : make("v128", a.code, b.code, 0xfd, 0xf2, 0x01, c.code, 0xfd, 0xf0, 0x01),
  };
}

/** Two floats of 64 bits from the first two of four integers, without and with sign. */
export const convertLowU: (a: V128) => V128 = v(0xff);
export const convertLowS: (a: V128) => V128 = v(0xfe);
/** Two integers without sign from floats of 64 bits, towards 0, with zeros behind. */
export const truncateZeroU: (a: V128) => V128 = v(0xfd);

/** Bytes from one place to another, and bytes of 0. */
export const copyBytes = (to: I32, from: I32, count: I32): Code => [to.code, from.code, count.code, 0xfc, 0x0a, 0, 0];
export const zeroBytes = (to: I32, count: I32): Code => [to.code, i32.const(0).code, count.code, 0xfc, 0x0b, 0];

/** Two floats of 32 bits, the first ones, as floats of 64, and back with zeros behind. */
export const promoteLow: (a: V128) => V128 = v(0x5f);
export const demoteZero: (a: V128) => V128 = v(0x5e);

type Load<T extends ValueType> = (address: I32, offset?: number) => Expression<T>;
type Store<T extends ValueType> = (address: I32, value: Expression<T>, offset?: number) => Code;
type StoreLane = (address: I32, value: V128, offset?: number, index?: number) => Code;

/** Loads of a value at an address plus an offset in bytes. */
const load =
  <T extends ValueType>(type: T, align: number, ...opcode: number[]) =>
  (address: I32, offset = 0): Expression<T> =>
    make(type, address.code, opcode, align, unsigned(offset));
const store =
  <T extends ValueType>(align: number, ...opcode: number[]) =>
  (address: I32, value: Expression<T>, offset = 0): Code => [address.code, value.code, opcode, align, unsigned(offset)];
const storeLane =
  (align: number, opcode: number): StoreLane =>
  (address, value, offset = 0, index = 0) => [address.code, value.code, simd(opcode), align, unsigned(offset), index];

export const loads: { readonly [T in "i32" | "f32" | "f64"]: Load<T> } & { readonly u8: Load<"i32"> } & Readonly<
    Record<"v128" | "splat8" | "splat16" | "splat32" | "splat64" | "zero32" | "zero64", Load<"v128">>
  > = {
  i32: load("i32", 2, 0x28),
  f32: load("f32", 2, 0x2a),
  f64: load("f64", 3, 0x2b),
  u8: load("i32", 0, 0x2d),
  v128: load("v128", 2, ...simd(0x00)),
  /** One value of so many bits in every lane. */
  splat8: load("v128", 0, ...simd(0x07)),
  splat16: load("v128", 0, ...simd(0x08)),
  splat32: load("v128", 2, ...simd(0x09)),
  splat64: load("v128", 3, ...simd(0x0a)),
  /** One value in the first lane, zeros in the others. */
  zero32: load("v128", 2, ...simd(0x5c)),
  zero64: load("v128", 3, ...simd(0x5d)),
};

export const stores: { readonly [T in "i32" | "f32" | "f64" | "v128"]: Store<T> } & {
  readonly u8: Store<"i32">;
} & Readonly<Record<"lane8" | "lane16" | "lane32" | "lane64", StoreLane>> = {
  i32: store<"i32">(2, 0x36),
  f32: store<"f32">(2, 0x38),
  f64: store<"f64">(3, 0x39),
  u8: store<"i32">(0, 0x3a),
  v128: store<"v128">(2, ...simd(0x0b)),
  /** The first lane. */
  lane8: storeLane(0, 0x58),
  lane16: storeLane(0, 0x59),
  lane32: storeLane(2, 0x5a),
  lane64: storeLane(3, 0x5b),
};

/** Throws a value away. */
export const drop = (value: Expression): Code => [value.code, 0x1a];
