import type { ModuleBuilder } from "../../wasm/builder.ts";
import { type Features, f32x4, f64x2, i32, loads, stores, v128 } from "../../wasm/instructions.ts";
import { functionsOf, limitedFunctionsOf } from "./functions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";
import { LARGEST_ANGLE } from "./trigonometric.ts";
import type { VectorFunction } from "./vector-function.ts";

/** The name of an elementary function in the table of a machine's kernels. */
export const unaryName = (operation: string, dtype: "float32" | "float64"): string => `${operation}_${dtype}`;

/** Elements of a chunk: two chunks of float32 fit into the second cache. */
export const UNARY_CHUNK: number = 1 << 15;

/** Whether a function has a largest argument: its task has an address more, of a number that becomes 1 where an argument was larger. */
export const isLimited = (operation: string): boolean => operation === "sin" || operation === "cos";

/** Adds the elementary functions to a module, each as a kernel of chunks whose task is (from, to, count). */
export function addUnary(module: ModuleBuilder, features: Features): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  const add = (name: string, bytes: 4 | 8, f: VectorFunction, isLimited: boolean): void => {
    const vector = bytes === 4 ? f32x4(features) : f64x2(features);
    const kernel = module.function(name, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
      const start = body.local("i32", i32.mul(chunk, i32.const(UNARY_CHUNK)));
      const count = minimum(i32.sub(loads.i32(task, 8), start), i32.const(UNARY_CHUNK));
      const skipped = i32.mul(start, i32.const(bytes));
      const from = body.local("i32", i32.add(loads.i32(task), skipped));
      const to = body.local("i32", i32.add(loads.i32(task, 4), skipped));
      const end = body.local("i32", i32.add(from, i32.mul(count, i32.const(bytes))));
      const [x, tooLarge] = body.locals("v128", "v128");
      body.for(from, end, 16, () => {
        body.set(x, loads.v128(from));
        if (isLimited) body.set(tooLarge, v128.or(tooLarge, vector.gt(vector.abs(x), vector.const(LARGEST_ANGLE))));
        body.do(stores.v128(to, f(body, x)));
        body.increase(to, 16);
      });
      if (isLimited) body.if(v128.anyTrue(tooLarge), () => body.do(stores.i32(loads.i32(task, 12), i32.const(1))));
    });
    kernels.set(name, kernel);
  };
  for (const [bytes, dtype] of [
    [4, "float32"],
    [8, "float64"],
  ] as const) {
    for (const [name, f] of Object.entries(functionsOf(bytes, features))) add(unaryName(name, dtype), bytes, f, false);
    for (const [name, f] of Object.entries(limitedFunctionsOf(bytes, features)))
      add(unaryName(name, dtype), bytes, f, true);
  }
  return kernels;
}
