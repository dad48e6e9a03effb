import { isFloat } from "../dtype.ts";
import { arithmetic, comparisons } from "../kernels/wasm/elementwise.ts";
import { functionsOf } from "../kernels/wasm/functions.ts";
import type { Entry } from "../tape.ts";
import type { Body } from "../wasm/builder.ts";
import { type Features, type FloatVector, f32x4, f64x2, type V128, v128 } from "../wasm/instructions.ts";
import { isIdentity, readsRuns } from "./fusion.ts";

// What groups compute: vectors of floats, and masks in which all bits of a lane say whether it is true.

type Masking = (f: FloatVector, ...operands: V128[]) => V128;

const ONES: readonly number[] = Array.from({ length: 16 }, () => 255);
const ones = (): V128 => v128.const(ONES);

/** Operations on masks, or from floats to masks. */
const masking: Readonly<Record<string, Masking>> = {
  logicalAnd: (_, a, b) => v128.and(a!, b!),
  logicalOr: (_, a, b) => v128.or(a!, b!),
  logicalXor: (_, a, b) => v128.xor(a!, b!),
  logicalNot: (_, a) => v128.xor(a!, ones()),
  isNaN: (f, a) => f.ne(a!, a!),
  isFinite: (f, a) => f.lt(f.abs(a!), f.const(Number.POSITIVE_INFINITY)),
  where: (_, mask, a, b) => v128.select(a!, b!, mask!),
};

/** The vectors of floats of so many bytes. */
export const vectorsOf = (bytes: 4 | 8, features: Features): FloatVector =>
  bytes === 4 ? f32x4(features) : f64x2(features);

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
  if ([...dtypes].some((dtype) => dtype !== "bool" && !isFloat(dtype))) return false;
  if (dtypes.has("float32") && dtypes.has("float64")) return false;
  const bytes = dtypes.has("float64") ? 8 : 4;
  const isIn = (table: object): boolean => Object.hasOwn(table, name);
  if (isIdentity(entry)) return readsRuns(entry);
  if (name === "cast") return true;
  if (isIn(comparisons) || isIn(masking))
    return name === "where" || inputs.every(({ dtype }) => dtype === inputs[0]!.dtype)
      ? !(isIn(comparisons) && inputs[0]!.dtype === "bool")
      : false;
  return isFloat(output.dtype) && (isIn(arithmetic) || isIn(functionsOf(bytes, features)));
}

/** The vector of an entry's results from those of its inputs. */
export function compute(entry: Entry, operands: readonly V128[], body: Body, bytes: 4 | 8, features: Features): V128 {
  const f = vectorsOf(bytes, features);
  const {
    operation: { name },
    inputs: [input],
    outputs: [output],
  } = entry;
  if (isIdentity(entry)) return operands[0]!;
  if (name === "cast") {
    if (input!.dtype === output!.dtype) return operands[0]!;
    return output!.dtype === "bool" ? f.ne(operands[0]!, f.const(0)) : v128.and(operands[0]!, f.const(1));
  }
  const own = masking[name] ?? arithmetic[name] ?? comparisons[name];
  return own === undefined ? functionsOf(bytes, features)[name]!(body, operands[0]!) : own(f, ...operands);
}
