import { describe, expect, test } from "vitest";
import { unaryName } from "../../../src/kernels/wasm/unary.ts";
import { machines } from "./machines.ts";
import { compare, everyFloat32, exact, type Floats, largestOf, valuesOf } from "./ulp.ts";

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
function points(dtype: "float32" | "float64", largest: number): Floats {
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

/** Largest errors in units in the last place, beside the operations' own loops; those of float64 have some of their own. */
const bound = (name: string, dtype: "float32" | "float64"): number =>
  dtype === "float32" ? 4 : name === "geluExact" ? 10 : name === "erfc" ? 7 : 4;

describe.each(machines)("%s", (_, machine) => {
  const all = Object.keys(exact).flatMap((name) => [[name, "float32"] as const, [name, "float64"] as const]);

  test("all functions are here", () => {
    // Other kernels have the bytes of their elements in their names.
    expect([...machine.kernels.keys()].filter((name) => /_float(32|64)$/.test(name)).sort()).toEqual(
      all.map(([name, dtype]) => unaryName(name, dtype)).sort(),
    );
  });

  test.each(all)("%s of %s is within its bound, of all sizes", (name, dtype) => {
    const x = points(dtype, largestOf(name));
    const { worst, mismatches } = compare(x, valuesOf(machine, name, x), exact[name]!);
    expect(mismatches).toEqual([]);
    expect(worst).toBeLessThanOrEqual(bound(name, dtype));
  });

  test.each(Object.keys(exact))("%s of every (2¹⁵ − 1)-th float32 is within 4 units in the last place", (name) => {
    const largest = largestOf(name);
    const all = everyFloat32(2 ** 15 - 1, 0, 2 ** 17);
    const x = largest === Number.POSITIVE_INFINITY ? all : all.filter((value) => !(Math.abs(value) > largest));
    const { worst, mismatches } = compare(x, valuesOf(machine, name, x), exact[name]!);
    expect(mismatches).toEqual([]);
    expect(worst).toBeLessThanOrEqual(4);
  });
});
