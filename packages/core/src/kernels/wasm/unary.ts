import type { ModuleBuilder } from "../../wasm/builder.ts";
import { demoteZero, type Features, i32, loads, promoteLow, stores, v128 } from "../../wasm/instructions.ts";
import { coarseErf, coarseTrigonometric, doubleFunctions, singleFunctions, type VectorFunction } from "./functions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/** The name of an elementary function in the table of a machine's kernels. */
export const unaryName = (operation: string, dtype: "float32" | "float64"): string => `${operation}_${dtype}`;

/** Elements of a chunk: two chunks of float32 fit into the second cache. */
export const UNARY_CHUNK: number = 1 << 15;

/** Adds the elementary functions to a module, each as a kernel of chunks whose task is (from, to, count). */
export function addUnary(module: ModuleBuilder, features: Features): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  const add = (name: string, bytes: 4 | 8, f: VectorFunction): void => {
    const kernel = module.function(name, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
      const start = body.local("i32", i32.mul(chunk, i32.const(UNARY_CHUNK)));
      const count = minimum(i32.sub(loads.i32(task, 8), start), i32.const(UNARY_CHUNK));
      const skipped = i32.mul(start, i32.const(bytes));
      const from = body.local("i32", i32.add(loads.i32(task), skipped));
      const to = body.local("i32", i32.add(loads.i32(task, 4), skipped));
      const end = body.local("i32", i32.add(from, i32.mul(count, i32.const(bytes))));
      body.for(from, end, 16, () => {
        body.do(stores.v128(to, f(body, loads.v128(from))));
        body.increase(to, 16);
      });
    });
    kernels.set(name, kernel);
  };
  for (const [name, f] of Object.entries(doubleFunctions(features))) {
    add(unaryName(name, "float64"), 8, f);
    if (!(name in singleFunctions(features))) add(unaryName(name, "float32"), 4, widened(f));
  }
  for (const [name, f] of Object.entries(singleFunctions(features))) add(unaryName(name, "float32"), 4, f);
  add(unaryName("erf", "float32"), 4, widened(coarseErf(features)));
  const { sin, cos } = coarseTrigonometric(features);
  add(unaryName("sin", "float32"), 4, widened(sin));
  add(unaryName("cos", "float32"), 4, widened(cos));
  return kernels;
}

/** A function of two float64 as one of four float32: exact but for the last rounding. */
function widened(f: VectorFunction): VectorFunction {
  const high = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
  return (body, x) => {
    const at = body.local("v128", x);
    const low = body.local("v128", demoteZero(f(body, promoteLow(at))));
    const top = body.local("v128", demoteZero(f(body, promoteLow(v128.shuffle(at, at, high)))));
    return v128.shuffle(low, top, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  };
}
