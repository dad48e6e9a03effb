import { describe, expect, test } from "vitest";
import * as core from "../../../src/index.ts";
import { useKernels } from "../../../src/kernels/active.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";
import { compare, type Floats } from "./ulp.ts";

const { POSITIVE_INFINITY: INFINITY } = Number;
/** What `**` has rules of its own for, and the ends of float32. */
const special = [
  0,
  1,
  2,
  3,
  0.5,
  1.5,
  4,
  7,
  8_388_609,
  1e-45,
  1e-40,
  2 ** -126,
  0.999,
  1.001,
  3e38,
  INFINITY,
  Number.NaN,
].flatMap((x) => [x, -x]);

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);
  const power = (x: Floats, y: Floats): Floats => {
    const before = useKernels(kernels);
    try {
      return core
        .power(core.adopt(x, [x.length]) as core.Tensor, core.adopt(y, [y.length]) as core.Tensor)
        .data() as Floats;
    } finally {
      useKernels(before);
    }
  };
  /** The powers of x beside `**`: as functions of the place. */
  const check = (x: Floats, y: Floats): void => {
    const places = Float64Array.from(x, (_, i) => i);
    const { worst, mismatches } = compare(places, power(x, y), (i) => x[i]! ** y[i % y.length]!);
    expect(mismatches.map(({ x: i, ...rest }) => ({ x: x[i], y: y[i % y.length], ...rest }))).toEqual([]);
    expect(worst).toBeLessThanOrEqual(4);
  };

  test("special cases are those of `**`", () => {
    const x = Float32Array.from(special.flatMap((a) => special.map(() => a)));
    const y = Float32Array.from(special.flatMap(() => special));
    check(x, y);
  });

  test("all sizes of base and exponent are within 4 units in the last place", () => {
    let state = 99;
    const next = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state / 2 ** 32;
    };
    const count = 60_000;
    const x = Float32Array.from({ length: count }, (_, i) =>
      i % 3 === 0 ? 1 + (next() - 0.5) * 0.01 : 2 ** (next() * 276 - 149),
    );
    const y = Float32Array.from(x, (base, i) => {
      // Exponents for which the power is a number of any size, and others.
      const largest = Math.min(1e6, 150 / Math.max(1e-6, Math.abs(Math.log2(base))));
      return i % 5 === 0 ? Math.round((next() - 0.5) * 20) : (next() * 2 - 1) * largest;
    });
    check(x, y);
    check(
      x.map((base) => -base),
      y.map(Math.round),
    );
  });

  test.each([1, 2, 3, 0.5, -0.5, -1, -2, 0, 1.7, Number.NaN])("of the scalar exponent %f", (exponent) => {
    for (const array of [Float32Array, Float64Array]) {
      const many = new array(3001).map((_, i) => (i - 1500) * 2 ** ((i % 80) - 40));
      check(many, array.of(exponent));
      check(array.from(special), array.of(exponent));
    }
  });

  test("in a chain, with an exponent that is a number and one that is a tensor", () => {
    const chain = core.fuse((x: core.Tensor, y: core.Tensor) => core.add(core.power(x, 3), core.power(x, y)));
    const [x, y] = [
      core.adopt(new Float32Array(5000).fill(1.5), [5000]),
      core.adopt(new Float32Array(5000).fill(2), [5000]),
    ];
    const before = useKernels(kernels);
    try {
      expect(chain(x as core.Tensor, y as core.Tensor).data()[4999]).toBe(5.625);
    } finally {
      useKernels(before);
    }
  });
});
