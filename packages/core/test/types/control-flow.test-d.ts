// Types of loops, choices and checkpoints. Compiled, never run.
import { checkpoint, cond, scan, whileLoop } from "../../src/transforms/index.ts";
import * as t from "./functions.ts";
import { expect, type F32, type Shape, type Tensor } from "./functions.ts";

declare const w: F32<readonly [3, 3]>;
declare const h: F32<readonly [3]>;
declare const xs: F32<readonly [5, 3]>;
declare const p: Tensor<readonly [], "bool">;

// The body sees one slice of each tensor, and what it carries; outputs get an axis.
const [carry, outputs] = scan(
  (at, x) => {
    expect(at).toBe<F32<readonly [3]>>(true);
    expect(x).toBe<F32<readonly [3]>>(true);
    return [t.exp(t.add(at, x)), { doubled: t.mul(x, 2), name: "x" }];
  },
  h,
  xs,
);
expect(carry).toBe<F32<Shape>>(true);
expect(outputs.doubled).toBe<F32<readonly [number, 3]>>(true);
expect(outputs.name).toBe<string>(true);

// Trees, and no slices at all.
const [state] = scan(
  (at) => {
    expect(at.h).toBe<F32<readonly [3]>>(true);
    return [{ h: t.matmul(w, at.h), step: at.step }, null];
  },
  { h, step: 3 },
  null,
  { length: 4 },
);
expect(state.h).toBe<F32<Shape>>(true);
expect(state.step).toBe<number>(true);

// @ts-expect-error - what is carried keeps its dtype
scan((at) => [t.cast(at, "float64"), null], h, null, { length: 2 });
// @ts-expect-error - what is carried keeps its structure
scan((at) => [{ h: at }, null], h, null, { length: 2 });
// @ts-expect-error - a body returns a pair
scan((at) => at, h, null, { length: 2 });
// @ts-expect-error - no such option
scan((at) => [at, null], h, null, { steps: 2 });

expect(
  cond(
    p,
    (x) => t.exp(x),
    (x) => t.neg(x),
    h,
  ),
).toBe<F32<readonly [3]>>(true);
export const { both }: { both: F32<readonly [3]> } = cond(
  true,
  (x, y) => ({ both: t.matmul(y, x) }),
  (x) => ({ both: x }),
  h,
  w,
);
cond(
  // @ts-expect-error - the predicate is no bool
  h,
  (x) => x,
  (x) => x,
  h,
);
declare const any: Tensor;
// Of branches with different types of the same form, either may come out.
export const either: Tensor<Shape, "float32" | "float64" | "int32" | "uint8"> = cond(
  p,
  (x) => t.exp(x),
  (x) => t.mul(x, x),
  any,
);

const doubled = whileLoop(
  (at) => t.less(at.x, 10),
  (at) => ({ x: t.mul(at.x, 2) }),
  { x: t.tensor(1) },
);
expect(doubled.x).toBe<F32<Shape>>(true);

const layer = checkpoint((weight: F32<readonly [3, 3]>, x: F32<readonly [3]>) => t.exp(t.matmul(weight, x)));
expect(layer(w, h)).toBe<F32<readonly [3]>>(true);
// @ts-expect-error - arguments are those of the function
layer(h, w);
// @ts-expect-error - no such option
checkpoint((x: F32<readonly [3]>) => x, { keeps: () => true });
