import type { Body, ModuleBuilder } from "../../wasm/builder.ts";
import { type Features, f32x4, f64x2, v128 } from "../../wasm/instructions.ts";
import { alongAxis, strongProduct, type Unit } from "./along-axis.ts";
import { doubleFunctions } from "./double-functions.ts";
import { singleFunctions } from "./single-functions.ts";
import type { ChunkKernel } from "./tasks.ts";

/** Adds softmax, its logarithm, and products with its Jacobian, of both float dtypes. */
export function addSoftmax(module: ModuleBuilder, features: Features): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  const { log } = doubleFunctions(features);
  for (const bytes of [4, 8] as const) {
    const f = bytes === 4 ? f32x4(features) : f64x2(features);
    const { exp } = bytes === 4 ? singleFunctions(features) : doubleFunctions(features);
    const strong = strongProduct(f);

    const softmax =
      (isLog: boolean) =>
      (body: Body, { each, load, store, inside, largest, total }: Unit): void => {
        const most = body.local("v128", f.const(Number.NEGATIVE_INFINITY));
        // NaN is left out: it makes the sum NaN, and so all.
        each((offset) => body.set(most, f.greater(most, inside(load("x", offset), Number.NEGATIVE_INFINITY))));
        const largestOf = body.local("v128", largest(most));
        const isFinite = f.lt(f.abs(largestOf), f.const(Number.POSITIVE_INFINITY));
        const top = body.local("v128", v128.and(largestOf, isFinite));
        const sum = total();
        each((offset) => {
          const shifted = body.local("v128", f.sub(load("x", offset), top));
          const power = body.local("v128", exp(body, shifted));
          sum.add(inside(power, 0));
          store(offset, isLog ? shifted : power);
        });
        const by = body.local("v128", sum.result(isLog ? (x) => log(body, x) : undefined));
        each((offset) => store(offset, (isLog ? f.sub : f.div)(load("out", offset), by)));
      };
    const jacobian = (body: Body, { each, load, store, inside, total }: Unit): void => {
      const sum = total();
      each((offset) => sum.add(inside(strong(body, load("x", offset), load("y", offset)), 0)));
      const mean = body.local("v128", sum.result());
      each((offset) => store(offset, strong(body, load("x", offset), f.sub(load("y", offset), mean))));
    };
    for (const isRows of [true, false]) {
      for (const [name, run] of [
        ["softmax", softmax(false)],
        ["logSoftmax", softmax(true)],
        ["softmaxJacobian", jacobian],
      ] as const) {
        const full = `${name}${isRows ? "Rows" : "Columns"}_${bytes}`;
        kernels.set(full, alongAxis(module, full, { bytes, f, isRows }, run));
      }
    }
  }
  return kernels;
}
