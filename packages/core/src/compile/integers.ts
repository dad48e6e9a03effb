import { convertLowS, f32x4, f64x2, i32, i32x4, truncateZeroU, type V128, v128 } from "../wasm/instructions.ts";

// Vectors of int32, which have the width of those of float32 and stand in groups beside them.

const all = (value: number): V128 => i32x4.splat(i32.const(value));

/** One number in every lane. */
export const integerConst: (value: number) => V128 = all;

const double = f64x2({ fma: false });
const upper = (a: V128): V128 => v128.shuffle(a, a, [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);

/** Products as JavaScript stores them: rounded to a float64, of which the last 32 bits stay. */
function product(a: V128, b: V128): V128 {
  const half = (part: (x: V128) => V128): V128 => {
    const whole = double.mul(convertLowS(part(a)), convertLowS(part(b)));
    const above = double.mul(double.floor(double.mul(whole, double.const(2 ** -32))), double.const(2 ** 32));
    return truncateZeroU(double.sub(whole, above));
  };
  return v128.shuffle(
    half((x) => x),
    half(upper),
    [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23],
  );
}

/** Operations of which all operands are int32: from integers to integers, or to masks. Sums wrap around. */
export const integers: Readonly<Record<string, (...operands: V128[]) => V128>> = {
  add: (a, b) => i32x4.add(a!, b!),
  sub: (a, b) => i32x4.sub(a!, b!),
  mul: (a, b) => product(a!, b!),
  mulStrongZero: (a, b) => product(a!, b!),
  maximum: (a, b) => i32x4.maxS(a!, b!),
  minimum: (a, b) => i32x4.minS(a!, b!),
  neg: (a) => i32x4.sub(all(0), a!),
  abs: (a) => i32x4.maxS(a!, i32x4.sub(all(0), a!)),
  sign: (a) => i32x4.minS(i32x4.maxS(a!, all(-1)), all(1)),
  relu: (a) => i32x4.maxS(a!, all(0)),
  equal: (a, b) => i32x4.eq(a!, b!),
  notEqual: (a, b) => i32x4.ne(a!, b!),
  less: (a, b) => i32x4.ltS(a!, b!),
  lessEqual: (a, b) => i32x4.leS(a!, b!),
  greater: (a, b) => i32x4.gtS(a!, b!),
  greaterEqual: (a, b) => i32x4.geS(a!, b!),
};

const { convert } = f32x4({ fma: false });
/** To the nearest float32, and back towards 0: NaN is 0, and what is too large the largest. */
export const fromIntegers = (a: V128): V128 => convert(a);
export const toIntegers = (a: V128): V128 => i32x4.truncate(a);
