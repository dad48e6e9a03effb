import { describe, expect, test } from "vitest";
import { erf } from "../../../src/kernels/reference/error-function.ts";
import { UNARY_CHUNK, unaryName } from "../../../src/kernels/wasm/unary.ts";
import { machines } from "./machines.ts";

const exact: Readonly<Record<string, (x: number) => number>> = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  erf,
  sin: Math.sin,
  cos: Math.cos,
};

/** The distance of neighbours around y, in a dtype. */
function ulpOf(y: number, dtype: "float32" | "float64"): number {
  const [bits, least] = dtype === "float32" ? [23, -149] : [52, -1074];
  const size = Math.abs(y);
  return size === 0 ? 2 ** least : 2 ** Math.max(least, Math.floor(Math.log2(size)) - bits);
}

const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  5e-324,
  -5e-324,
  1e-310,
  1e-45,
  1e-40,
  -1e-40,
  2 ** -126,
  0.625,
  88.7,
  89,
  -87.4,
  -103.9,
  -105,
  709.7,
  710,
  -708.5,
  -745.2,
  -750,
  1e300,
  -1e300,
  3.4e38,
  Math.SQRT1_2,
  Math.SQRT2,
];

/** Numbers of every size, and many of the sizes that count. */
function points(dtype: "float32" | "float64", largest: number): Float32Array | Float64Array {
  const out = dtype === "float32" ? new Float32Array(40_000) : new Float64Array(40_000);
  let state = 12345;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const [low, high] = dtype === "float32" ? [-149, 128] : [-1074, 1024];
  for (let i = 0; i < out.length; i++) {
    const sign = next() < 0.5 ? -1 : 1;
    const size = i % 4 === 0 ? 2 ** (low + next() * (high - low)) : next() * [1, 8, 100][i % 3]!;
    out[i] = sign * Math.min(size, largest);
  }
  out.set(edges.map((x) => (Math.abs(x) > largest && Number.isFinite(x) ? 1 : x)));
  return out;
}

describe.each(machines)("%s", (_, { heap, tasks, kernels }) => {
  const all = Object.keys(exact).flatMap((name) =>
    (["float32", "float64"] as const)
      .filter((dtype) => kernels.has(unaryName(name, dtype)))
      .map((dtype) => [name, dtype] as const),
  );

  test("all functions are here", () => {
    // Other kernels have the bytes of their elements in their names.
    expect([...kernels.keys()].filter((name) => /_float(32|64)$/.test(name)).sort()).toEqual(
      all.map(([name, dtype]) => unaryName(name, dtype)).sort(),
    );
  });

  test.each(all)("%s of %s is within 4 units in the last place, of all sizes", (name, dtype) => {
    const f = exact[name]!;
    const x = points(dtype, name === "sin" || name === "cos" ? 2 ** 18 : Number.POSITIVE_INFINITY);
    heap.begin(2, 2 * x.byteLength);
    const [from, to] = [heap.place(x), heap.reserve(x.byteLength)];
    tasks.run(unaryName(name, dtype), Math.ceil(x.length / UNARY_CHUNK), [from, to, x.length]);
    const y = x.slice();
    heap.take(to, y);
    let worst = 0;
    for (let i = 0; i < x.length; i++) {
      const expected = f(x[i]!);
      const rounded = dtype === "float32" ? Math.fround(expected) : expected;
      if (Number.isFinite(rounded) && rounded !== 0) {
        // A value at the edge of the range may round either way.
        if (!Number.isFinite(y[i]!) && Math.abs(rounded) > 3.4028e38) continue;
        worst = Math.max(worst, Math.abs(y[i]! - expected) / ulpOf(expected, dtype));
      } else if (!Object.is(y[i], rounded) && !(Math.abs(expected) > 3.4028e38 && Math.abs(y[i]!) > 3.4028e38)) {
        expect(y[i], `${name}(${x[i]})`).toBe(rounded);
      }
    }
    expect(worst).toBeLessThanOrEqual(4);
  });
});
