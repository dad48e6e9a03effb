// Types of mapped functions: the results have the batch as first axis, whose size is not followed. Compiled, never run.
import { grad, jvp, type Key, key, matmul, mul, sum, tanh, vmap, zeros } from "../../src/functions.ts";
import { expect, type F32, type Shape, type Tensor } from "./functions.ts";

declare const any: Tensor;
declare const double: Tensor<readonly [4, 3], "float64">;

const dot = (a: F32<readonly [3]>, b: F32<readonly [3]>): F32<readonly []> => sum(mul(a, b));
const rows = zeros([4, 3]);

// The batch is the first axis of the results, wherever it is in the arguments.
expect(vmap(dot)(rows, rows)).toBe<F32<readonly [number]>>(true);
expect(vmap(dot, { inAxes: [1, null] })(zeros([3, 4]), zeros([3]))).toBe<F32<readonly [number]>>(true);
expect(vmap((x: F32<readonly [3]>) => tanh(x))(rows)).toBe<F32<readonly [number, 3]>>(true);
expect(vmap((x: Tensor) => tanh(x))(any).shape).toBe<readonly [number, ...number[]]>(true);
vmap((x: Tensor) => x)(double) satisfies Tensor;

// Twice: two axes.
expect(vmap(vmap((x: F32<readonly [3]>) => x))(zeros([5, 4, 3]))).toBe<F32<readonly [number, number, 3]>>(true);

// Trees, with what they hold besides tensors.
interface Model {
  readonly w: F32<readonly [2, 3]>;
  readonly rng: Key;
  readonly rate: number;
}
declare const models: { readonly w: F32<readonly [8, 2, 3]>; readonly rng: Key; readonly rate: number };
const run = ({ w, rate }: Model, x: F32<readonly [3]>) => ({ y: matmul(w, x), parts: [x, rate, "name"] as const });
const ran = vmap(run)(models, zeros([8, 3]));
expect(ran.y).toBe<F32<readonly [number, 2]>>(true);
expect(ran.parts).toBe<readonly [F32<readonly [number, 3]>, number, "name"]>(true);
expect(vmap((k: Key, _: F32<Shape>) => k)(key(0), rows)).toBe<Key>(true);

// Other transforms inside.
const loss = (w: F32<readonly [2, 3]>, x: F32<readonly [3]>): F32<readonly []> => sum(matmul(w, x));
expect(vmap(grad(loss), { inAxes: [null, 0] })(zeros([2, 3]), rows)).toBe<F32<readonly [number, 2, 3]>>(true);
const along = vmap((x: F32<readonly [3]>) => jvp((y: F32<readonly [3]>) => tanh(y))(x, x).tangent);
expect(along(rows)).toBe<F32<readonly [number, 3]>>(true);

// @ts-expect-error - a float64 batch for float32 examples
vmap((x: F32<readonly [3]>) => x)(double);
// @ts-expect-error - one argument is missing
vmap(dot)(rows);
// @ts-expect-error - there is no such axis
vmap(dot, { inAxes: "first" });
// @ts-expect-error - there is no such option
vmap(dot, { outAxes: 1 });
