import { isFloat } from "../dtype.ts";
import { binaryFunctionsOf, functionsOf } from "../kernels/wasm/functions.ts";
import { arithmetic, isSimplePower, predicates, select, simplePower } from "../kernels/wasm/vector-operations.ts";
import type { Entry } from "../tape.ts";
import { type AnyTensor, isConcrete, storageOf } from "../tensor.ts";
import type { Body } from "../wasm/builder.ts";
import { type Features, type FloatVector, f32x4, f64x2, type V128, v128 } from "../wasm/instructions.ts";
import { isIdentity, readsRuns } from "./fusion.ts";
import { fromIntegers, integerConst, integers, toIntegers } from "./integers.ts";
import { computeLimited, isLimited, type Unlimited } from "./limited.ts";

// What groups compute: vectors of floats, or of integers of the same width, and masks in which all bits of a lane say whether it is true.

/** Operations from masks to masks. */
const logical: Readonly<Record<string, (a: V128, b: V128) => V128>> = {
  logicalAnd: v128.and,
  logicalOr: v128.or,
  logicalXor: v128.xor,
  logicalNot: v128.not,
};

const has = (table: object, name: string): boolean => Object.hasOwn(table, name);

/** The vectors of floats of so many bytes. */
export const vectorsOf = (bytes: 4 | 8, { fma }: Features): FloatVector => vectors[bytes][fma ? "fused" : "apart"];
const vectors = {
  4: { fused: f32x4({ fma: true }), apart: f32x4({ fma: false }) },
  8: { fused: f64x2({ fma: true }), apart: f64x2({ fma: false }) },
} as const;

/** Whether groups can compute an entry. */
export function canCompute(entry: Entry, features: Features): boolean {
  const {
    operation: { name },
    inputs,
    outputs,
  } = entry;
  const [output, ...more] = outputs;
  if (output === undefined || more.length > 0) return false;
  const dtypes = new Set([...inputs, output].map(({ dtype }) => dtype));
  if (dtypes.has("uint8")) return false;
  if (dtypes.has("float64") && (dtypes.has("float32") || dtypes.has("int32"))) return false;
  if (isIdentity(entry)) return readsRuns(entry);
  if (name === "cast" || has(logical, name)) return true;
  if (name === "where") return inputs.slice(1).every(({ dtype }) => dtype === output.dtype);
  if (areIntegers(entry)) return has(integers, name);
  const areFloats = inputs.every(({ dtype }) => isFloat(dtype));
  if (has(predicates, name) || isLimited(name)) return areFloats;
  const bytes = dtypes.has("float64") ? 8 : 4;
  const functions = [arithmetic, functionsOf(bytes, features), binaryFunctionsOf(bytes, features)];
  return areFloats && (functions.some((table) => has(table, name)) || powerOf(entry) !== undefined);
}

const areIntegers = ({ inputs }: Entry): boolean => inputs.every(({ dtype }) => dtype === "int32");

/** The exponent of a power that needs no logarithm. */
function powerOf({ operation: { name }, inputs: [, exponent] }: Entry): number | undefined {
  if (name !== "power" || !isConcrete(exponent!) || exponent!.size !== 1) return undefined;
  const number = storageOf(exponent!)[0]!;
  return isSimplePower(number) ? number : undefined;
}

/** The vector of an entry's results from those of its inputs, which are variables. */
export function compute(
  entry: Entry,
  operands: readonly V128[],
  body: Body,
  bytes: 4 | 8,
  features: Features,
  unlimited: Unlimited,
): V128 {
  const f = vectorsOf(bytes, features);
  const {
    operation: { name },
  } = entry;
  const [a, b] = operands as [V128, V128];
  if (isIdentity(entry)) return a;
  if (name === "cast") return castOf(entry.inputs[0]!, entry.outputs[0]!, a, f);
  if (name === "where") return select(f, ...operands);
  if (has(logical, name)) return logical[name]!(a, b);
  if (areIntegers(entry)) return integers[name]!(...operands);
  if (isLimited(name)) return computeLimited(name, body, a, bytes, features, unlimited);
  const power = powerOf(entry);
  if (power !== undefined) return simplePower(f, body, a, power);
  const own = arithmetic[name] ?? predicates[name];
  if (own !== undefined) return own(f, ...operands);
  const binary = binaryFunctionsOf(bytes, features)[name];
  return binary === undefined ? functionsOf(bytes, features)[name]!(body, a) : binary(body, a, b);
}

/** True is 1, and what is not 0 is true. */
function castOf({ dtype: from }: AnyTensor, { dtype: to }: AnyTensor, value: V128, f: FloatVector): V128 {
  if (from === to) return value;
  if (to === "bool") return from === "int32" ? integers.notEqual!(value, integerConst(0)) : f.ne(value, f.const(0));
  if (from === "bool") return v128.and(value, to === "int32" ? integerConst(1) : f.const(1));
  return to === "int32" ? toIntegers(value) : fromIntegers(value);
}
