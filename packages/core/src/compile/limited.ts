import { limitedFunctionsOf } from "../kernels/wasm/functions.ts";
import { LARGEST_ANGLE } from "../kernels/wasm/trigonometric.ts";
import type { Body } from "../wasm/builder.ts";
import type { Code } from "../wasm/encode.ts";
import { type F64, type Features, f32, f32x4, f64, f64x2, type V128, v128 } from "../wasm/instructions.ts";

// Functions whose vectors are exact up to a size of the argument only. Larger ones are rare: JavaScript computes these lanes.

/** The same functions without a limit: what JavaScript computes, one number at a time. */
export type Unlimited = Readonly<Record<"sin" | "cos", (x: F64) => Code>>;

export const isLimited = (name: string): name is keyof Unlimited => name === "sin" || name === "cos";

/** The function of a vector, which is a variable. */
export function computeLimited(
  name: keyof Unlimited,
  body: Body,
  x: V128,
  bytes: 4 | 8,
  features: Features,
  unlimited: Unlimited,
): V128 {
  const [single, double] = [f32x4(features), f64x2(features)];
  const f = bytes === 4 ? single : double;
  const result = body.local("v128", limitedFunctionsOf(bytes, features)[name]!(body, x));
  const tooLarge = body.local("v128", f.gt(f.abs(x), f.const(LARGEST_ANGLE)));
  body.if(v128.anyTrue(tooLarge), () => {
    for (let lane = 0; lane < f.lanes; lane++) {
      const argument = bytes === 4 ? f64.promote(single.lane(x, lane)) : double.lane(x, lane);
      const value: F64 = { type: "f64", code: unlimited[name](argument) };
      const everywhere = bytes === 4 ? single.splat(f32.demote(value)) : double.splat(value);
      const own = v128.const(Array.from({ length: 16 }, (_, byte) => (Math.floor(byte / bytes) === lane ? 255 : 0)));
      body.set(result, v128.select(everywhere, result, v128.and(tooLarge, own)));
    }
  });
  return result;
}
