import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import type { Code } from "../../wasm/encode.ts";
import { type F64, f64x2, type V128, v128 } from "../../wasm/instructions.ts";
import { keep, polynomial } from "./vector-function.ts";

// As in the reference kernel (Wichura, "Algorithm AS 241", 1988, PPND16), with the same operations in the same order, never fused, and the
// environment's own logarithm: draws have the same bits in all ways. Coefficients begin with that of the lowest power.

/** quantile/q in powers of 0.425² − q², up to 0.425. */
const CENTRAL = {
  above: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  below: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852546,
  ],
};

/** The quantile in powers of r − 1.6, where r² = −log p. */
const NEAR = {
  above: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  below: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
};

/** The same in powers of r − 5, for r above 5. */
const FAR = {
  above: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  below: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};

/** Quantiles of vectors of two numbers, as variables of a body. */
export type Quantiles = (body: Body, points: readonly V128[]) => Local<"v128">[];

/**
 * Adds the quantile of the standard normal distribution to a module, for numbers of float64 strictly between 0 and 1.
 * @param log the natural logarithm of the environment.
 */
export function addNormalQuantile(module: ModuleBuilder, log: (x: F64) => Code): Quantiles {
  const f = f64x2({ fma: false });
  const tails = module.function("normalTails", ["v128", "v128"], (body, p, q) => {
    const tail = keep(body, v128.select(p, f.sub(f.const(1), p), f.lt(q, f.const(0))));
    const logOf = (lane: number): V128 => f.splat({ type: "f64", code: log(f.lane(tail, lane)) });
    const logs = v128.shuffle(logOf(0), logOf(1), [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
    const r = keep(body, f.sqrt(f.neg(logs)));
    const ratio = ({ above, below }: typeof NEAR, start: number): V128 => {
      const at = keep(body, f.sub(r, f.const(start)));
      return f.div(polynomial(f, above, at), polynomial(f, below, at));
    };
    const upper = body.local("v128", ratio(NEAR, 1.6));
    const isFar = keep(body, f.gt(r, f.const(5)));
    body.if(v128.anyTrue(isFar), () => body.set(upper, v128.select(ratio(FAR, 5), upper, isFar)));
    return v128.or(upper, v128.and(q, f.const(-0)));
  });
  return (body, points) => {
    const { above, below } = CENTRAL;
    // The processor computes those of several vectors side by side, as long as there is no branch between them.
    const found = points.map((point) => {
      const p = keep(body, point);
      const q = keep(body, f.sub(p, f.const(0.5)));
      const s = keep(body, f.sub(f.const(0.180625), f.mul(q, q)));
      const quantile = body.local("v128", f.div(f.mul(q, polynomial(f, above, s)), polynomial(f, below, s)));
      return { p, q, quantile };
    });
    return found.map(({ p, q, quantile }) => {
      const isTail = keep(body, f.gt(f.abs(q), f.const(0.425)));
      body.if(v128.anyTrue(isTail), () =>
        body.set(quantile, v128.select({ type: "v128", code: tails(p, q) }, quantile, isTail)),
      );
      return quantile;
    });
  };
}
