import type { Body, ModuleBuilder } from "../../wasm/builder.ts";
import { demoteZero, f32x4, f64x2, type V128, v128 } from "../../wasm/instructions.ts";
import { alongAxis, strongProduct, type Unit } from "./along-axis.ts";
import type { ChunkKernel } from "./tasks.ts";

/** Adds standardizing of rows, and products with its Jacobian, of both float dtypes. */
export function addStandardize(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  // Not fused, so that bits are the same everywhere.
  const double = f64x2({ fma: false });
  for (const bytes of [4, 8] as const) {
    const f = bytes === 4 ? f32x4({ fma: false }) : double;
    const strong = strongProduct(f);
    const rounded = (body: Body, x: V128): V128 => {
      if (bytes === 8) return body.local("v128", x);
      const one = body.local("v128", demoteZero(x));
      return body.local("v128", v128.shuffle(one, one, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]));
    };

    // The corrected two-pass algorithm (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983): what the rounded
    // mean misses is found as the mean of the differences from it.
    const standardize = (body: Body, { each, load, store, inside, total, count, parameter, setScale }: Unit): void => {
      const sum = total();
      each((offset) => sum.add(inside(load("x", offset), 0)));
      const center = rounded(body, double.div(sum.double(), count));
      const [rest, squares] = [total(), total()];
      each((offset) => {
        const difference = body.local("v128", inside(f.sub(load("x", offset), center), 0));
        rest.add(difference);
        squares.add(f.mul(difference, difference));
      });
      const missed = body.local("v128", double.div(rest.double(), count));
      const variance = double.sub(double.div(squares.double(), count), double.mul(missed, missed));
      const inverse = double.div(double.const(1), double.sqrt(double.add(variance, parameter)));
      const [shift, scale] = [rounded(body, missed), rounded(body, inverse)];
      setScale(scale);
      each((offset) => store(offset, f.mul(f.sub(f.sub(load("x", offset), center), shift), scale)));
    };

    const jacobian = (body: Body, { each, load, store, inside, total, count, scale }: Unit): void => {
      const [sum, products] = [total(), total()];
      each((offset) => {
        const v = body.local("v128", inside(load("y", offset), 0));
        sum.add(v);
        products.add(inside(strong(body, load("x", offset), v), 0));
      });
      const mean = rounded(body, double.div(sum.double(), count));
      const slope = rounded(body, double.div(products.double(), count));
      const factor = body.local("v128", scale);
      each((offset) => {
        const along = strong(body, load("x", offset), slope);
        store(offset, strong(body, factor, f.sub(f.sub(load("y", offset), mean), along)));
      });
    };

    for (const [name, run] of [
      ["standardize", standardize],
      ["standardizeJacobian", jacobian],
    ] as const) {
      const full = `${name}Rows_${bytes}`;
      kernels.set(full, alongAxis(module, full, { bytes, f, isRows: true }, run));
    }
  }
  return kernels;
}
