import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Storage } from "../../../src/dtype.ts";
import * as core from "../../../src/index.ts";
import { useKernels } from "../../../src/kernels/active.ts";
import type { ConvolutionPlan, Kernels } from "../../../src/kernels/kernels.ts";
import { reference } from "../../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { oneProduct, products } from "../arbitraries.ts";
import { sameBits } from "../same-bits.ts";
import { always } from "./always.ts";
import { machines } from "./machines.ts";

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const arrays = fc.constantFrom(Float32Array, Float64Array);

/** Numbers that are the same for the same seed. */
function filled(
  array: Float32ArrayConstructor | Float64ArrayConstructor,
  length: number,
  seed: number,
): Float32Array | Float64Array {
  const out = new array(length);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = state / 2 ** 31;
  }
  return out;
}

/** The largest distance, in units of what sums of so many terms of the size of the largest result may be off by. */
function distance(a: Storage, b: Storage, terms: number): number {
  const unit = a instanceof Float32Array ? 2 ** -23 : 2 ** -52;
  let [worst, size] = [0, 1];
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= worst)) worst = d;
    size = Math.max(size, Math.abs(a[i]!));
  }
  return worst / (unit * (terms + 1) * size);
}

describe.each(machines)("%s", (_, machine) => {
  const kernels = acceleratedKernels(() => machine, always);

  test("products of matrices are those of the reference, stored either way, at any offsets", () => {
    const sizes = fc.oneof(
      fc.tuple(small(20), small(30), small(40)),
      fc.tuple(small(120), small(40), small(1200)),
      fc.tuple(small(8), small(3), small(1200)),
      fc.tuple(small(3), small(80), small(60)),
    );
    fc.assert(
      fc.property(arrays, products(sizes), fc.nat(), (array, { plan, aLength, bLength }, seed) => {
        const [a, b] = [filled(array, aLength, seed), filled(array, bLength, seed + 1)];
        const length = plan.aOffsets.length * plan.m * plan.n;
        const [first, second] = [new array(length), filled(array, length, seed + 2)];
        reference.matmul(a, b, first, plan);
        kernels.matmul(a, b, second, plan);
        expect(distance(first, second, plan.k)).toBeLessThan(1);
      }),
      { numRuns: 150 },
    );
  });

  test("what is not finite reaches its own rows and columns only", () => {
    const kinds = (values: Storage): string[] => Array.from(values, (x) => (Number.isFinite(x) ? "finite" : `${x}`));
    fc.assert(
      fc.property(arrays, products(fc.tuple(small(20), small(40), small(40))), fc.nat(), (array, cases, seed) => {
        const { plan, aLength, bLength } = cases;
        const [a, b] = [filled(array, aLength, seed), filled(array, bLength, seed + 1)];
        const [NaNs, infinite] = [Number.NaN, Number.POSITIVE_INFINITY];
        a[seed % aLength] = seed % 2 === 0 ? NaNs : infinite;
        b[seed % bLength] = seed % 3 === 0 ? NaNs : -infinite;
        const length = plan.aOffsets.length * plan.m * plan.n;
        const [first, second] = [new array(length), new array(length)];
        reference.matmul(a, b, first, plan);
        kernels.matmul(a, b, second, plan);
        expect(kinds(second)).toEqual(kinds(first));
      }),
    );
  });

  test("convolutions and their transposes are those of the reference", () => {
    const axis = fc.record({
      kernel: small(3),
      stride: small(3),
      dilation: small(2),
      before: fc.integer({ min: -2, max: 3 }),
      output: small(5),
      extra: fc.integer({ min: -2, max: 2 }),
    });
    const cases = fc.tuple(
      arrays,
      fc.array(axis, { minLength: 1, maxLength: 3 }),
      small(3),
      small(3),
      small(4),
      small(5),
      fc.nat(),
    );
    fc.assert(
      fc.property(cases, ([array, axes, batch, groups, inChannels, outChannels, seed]) => {
        const lift = (of: (one: (typeof axes)[number]) => number, rest: number): number[] => [
          ...Array<number>(3 - axes.length).fill(rest),
          ...axes.map(of),
        ];
        const plan: ConvolutionPlan = {
          batch,
          groups,
          inChannels,
          outChannels,
          kernel: lift((one) => one.kernel, 1),
          strides: lift((one) => one.stride, 1),
          dilation: lift((one) => one.dilation, 1),
          before: lift((one) => one.before, 0),
          output: lift((one) => one.output, 1),
          input: lift(
            (one) =>
              Math.max(1, (one.output - 1) * one.stride + (one.kernel - 1) * one.dilation + 1 - one.before + one.extra),
            1,
          ),
        };
        const x = filled(array, batch * groups * inChannels * sizeOf(plan.input), seed);
        const w = filled(array, groups * outChannels * inChannels * sizeOf(plan.kernel), seed + 1);
        const y = filled(array, batch * groups * outChannels * sizeOf(plan.output), seed + 2);
        for (const [name, a, b, length] of [
          ["convolve", x, w, y.length],
          ["convolveInput", y, w, x.length],
          ["convolveKernel", x, y, w.length],
        ] as const) {
          const [first, second] = [new array(length), filled(array, length, 9)];
          reference[name](a, b, first, plan);
          kernels[name](a, b, second, plan);
          expect(distance(first, second, x.length + y.length)).toBeLessThan(1);
        }
      }),
      { numRuns: 150 },
    );
  });

  const broadcastable = fc
    .array(fc.tuple(small(4), fc.constantFrom("both", "x", "y")), { minLength: 1, maxLength: 4 })
    .chain((axes) =>
      fc.tuple(fc.nat(axes.length), fc.nat(axes.length)).map(([dropX, dropY]) => {
        const own = (name: string, drop: number): number[] =>
          axes.map(([size, who]) => (who === "both" || who === name ? size : 1)).slice(drop);
        const [x, y] = [own("x", dropX), own("y", dropY)];
        const at = (shape: number[], i: number): number => shape[shape.length - axes.length + i] ?? 1;
        return { x, y, shape: axes.map((_, i) => Math.max(at(x, i), at(y, i))) };
      }),
    );
  const special = (values: Float32Array | Float64Array): void => {
    [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].forEach((x, i) => {
      if (3 * i < values.length) values[3 * i] = x;
    });
  };
  const operations = {
    add: core.add,
    sub: core.sub,
    mul: core.mul,
    mulStrongZero: core.mulStrongZero,
    div: core.div,
    maximum: core.maximum,
    minimum: core.minimum,
    equal: core.equal,
    notEqual: core.notEqual,
    less: core.less,
    lessEqual: core.lessEqual,
    greater: core.greater,
    greaterEqual: core.greaterEqual,
  };

  test.each(Object.keys(operations) as (keyof typeof operations)[])(
    "%s is that of the reference, to the last bit, for all that broadcast",
    (name) => {
      const run = operations[name] as unknown as (x: core.AnyTensor, y: core.AnyTensor) => core.AnyTensor;
      fc.assert(
        fc.property(arrays, broadcastable, fc.nat(), (array, { x, y }, seed) => {
          const [a, b] = [filled(array, sizeOf(x), seed), filled(array, sizeOf(y), seed + 1)];
          if (seed % 2 === 0) special(a);
          if (seed % 3 === 0) special(b);
          const [first, second] = [reference, kernels].map((own) => {
            const before = useKernels(own);
            try {
              const out = run(core.adopt(a, x) as core.AnyTensor, core.adopt(b, y) as core.AnyTensor).data();
              // Of 0 and −0, which are equal, either is the larger.
              return name === "maximum" || name === "minimum" ? out.map((value) => value + 0) : out;
            } finally {
              useKernels(before);
            }
          });
          expect(second).toEqual(first);
        }),
        { numRuns: 150 },
      );
    },
  );

  /** What an operation gives with each set of kernels. */
  const both = (run: () => core.AnyTensor[]): Storage[][] =>
    [reference, kernels].map((own) => {
      const before = useKernels(own);
      try {
        return run().map((t) => t.data());
      } finally {
        useKernels(before);
      }
    });

  test("where, with a condition that broadcasts in any way, is that of the reference", () => {
    fc.assert(
      fc.property(arrays, broadcastable, fc.nat(), (array, { x, y, shape }, seed) => {
        const [a, b] = [filled(array, sizeOf(x), seed), filled(array, sizeOf(y), seed + 1)];
        if (seed % 2 === 0) special(a);
        const [p, q] = [core.adopt(a, x), core.adopt(b, y)] as core.AnyTensor[];
        const [first, second] = both(() =>
          [x, y, shape, []].flatMap((own) => {
            const m = core.cast(
              core.adopt(
                Uint8Array.from({ length: sizeOf(own) }, (_, i) => (i * 7 + seed) % 2),
                own,
              ),
              "bool",
            );
            return [core.where(m, p!, q!), core.where(m, p!, 0), core.where(m, 0, q!)];
          }),
        );
        expect(second).toEqual(first);
      }),
      { numRuns: 200 },
    );
  });

  const unaries = {
    relu: core.relu,
    neg: core.neg,
    abs: core.abs,
    sign: core.sign,
    floor: core.floor,
    ceil: core.ceil,
    trunc: core.trunc,
    round: core.round,
    sqrt: core.sqrt,
    reciprocal: core.reciprocal,
    isNaN: core.isNaN,
    isFinite: core.isFinite,
  };
  test.each(Object.keys(unaries) as (keyof typeof unaries)[])(
    "%s is that of the reference, to the last bit",
    (name) => {
      const run = unaries[name] as (x: core.AnyTensor) => core.AnyTensor;
      fc.assert(
        fc.property(arrays, fc.nat(40), fc.nat(), (array, count, seed) => {
          const x = filled(array, count, seed).map((value) => value * [1, 5, 1e-39, 1e30][seed % 4]!);
          if (seed % 2 === 0) special(x);
          const [first, second] = both(() => [run(core.adopt(x, [count]) as core.AnyTensor)]);
          expect(second).toEqual(first);
        }),
      );
    },
  );

  test("rsqrt is rounded twice, where the reference has more digits for the root", () => {
    const x = filled(Float32Array, 1000, 3).map(Math.abs);
    const [first, second] = both(() => [core.rsqrt(core.adopt(x, [1000]) as core.AnyTensor)]);
    for (const [i, expected] of first![0]!.entries())
      expect(Math.abs(second![0]![i]! / expected - 1)).toBeLessThan(2 ** -22);
  });

  test("operations of logic are those of the reference, for all that broadcast", () => {
    const bools = (shape: readonly number[], seed: number): core.AnyTensor =>
      core.cast(
        core.adopt(
          Uint8Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 5 + seed) % 3) % 2),
          shape,
        ),
        "bool",
      );
    fc.assert(
      fc.property(broadcastable, fc.nat(9), ({ x, y }, seed) => {
        const [a, b] = [bools(x, seed), bools(y, seed + 1)];
        const [first, second] = both(() => [
          core.logicalAnd(a, b),
          core.logicalOr(a, b),
          core.logicalXor(a, b),
          core.logicalNot(a),
        ]);
        expect(second).toEqual(first);
      }),
    );
  });

  test("sin and cos of large angles are those of the plain loop, wherever the large one stands", () => {
    const limit = 2 ** 18;
    for (const array of [Float32Array, Float64Array]) {
      for (const f of ["sin", "cos"] as const) {
        const loop = (x: Storage, out: Storage): void => {
          for (let i = 0; i < out.length; i++) out[i] = Math[f](x[i]!);
        };
        for (const [count, place] of [
          [5, 4],
          [70_000, 3],
          [70_000, 69_999],
        ] as const) {
          const x = filled(array, count, 5);
          const far = x.slice();
          far[place] = 3 * limit;
          const [plain, expected, out] = [new array(count), new array(count), new array(count)];
          loop(x, plain);
          loop(far, expected);
          // What lies in memory behind the numbers is large, too, and has no say.
          for (let i = 0; i < 3; i++) kernels.unary("neg", () => {}, filled(array, 64, i).fill(1e9), new array(64));
          kernels.unary(f, loop, far, out);
          expect(sameBits(out, expected)).toBe(true);
          kernels.unary(f, () => expect.unreachable("the plain loop ran"), x, out);
          expect(distance(plain, out, 1)).toBeLessThan(1);
        }
      }
    }
  });

  test.each(["randomUniform", "randomNormal"] as const)("%s has the bits of the reference, for any count", (draw) => {
    const check = (array: typeof Float32Array | typeof Float64Array, count: number, a: number, b: number): void => {
      const [first, second] = [new array(count), new array(count)];
      const key = Int32Array.of(a, b);
      reference[draw](key, first);
      kernels[draw](key, second);
      expect(sameBits(second, first)).toBe(true);
    };
    fc.assert(fc.property(arrays, fc.nat(3000), fc.integer(), fc.integer(), check));
    for (const array of [Float32Array, Float64Array]) check(array, 200_001, 1, 2);
  });

  test("words and keys have the bits of the reference, for any count", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer(), fc.integer(), fc.integer(), (count, a, b, data) => {
        const key = Int32Array.of(a, b);
        for (const run of [
          (own: Kernels, out: Int32Array) => own.randomBits(key, out),
          (own: Kernels, out: Int32Array) => own.splitKey(key, out),
          (own: Kernels, out: Int32Array) => own.foldIn(key, Int32Array.of(data), out.subarray(0, 2)),
        ]) {
          const [first, second] = [new Int32Array(count + 2), new Int32Array(count + 2)];
          run(reference, first);
          run(kernels, second);
          expect(second).toEqual(first);
        }
      }),
    );
  });

  test("what is in memory already is not copied again, and never stale: a long mixed run gives what the reference gives", () => {
    const square = (n: number, seed: number): Float32Array => filled(Float32Array, n * n, seed) as Float32Array;
    const pool = Array.from({ length: 12 }, (_, i) => ({ n: 8 + 40 * i, values: square(8 + 40 * i, i) }));
    for (let i = 0; i < 200; i++) {
      const { n, values: a } = pool[(i * 7) % 12]!;
      const other = pool.filter((one) => one.n === n)[0]!;
      const [out, expected] = [new Float32Array(n * n), new Float32Array(n * n)];
      const plan = oneProduct(n, n, n, i % 2 === 0, i % 3 === 0);
      kernels.matmul(a, other.values, out, plan);
      if (i % 10 === 0) {
        reference.matmul(a, other.values, expected, plan);
        expect(distance(expected, out, n)).toBeLessThan(1);
      }
      // The result takes the place of an operand: it is still in memory.
      const largest = out.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      const scaled = out.map((x) => x / largest) as Float32Array;
      const again = new Float32Array(n * n);
      kernels.matmul(out, a, again, oneProduct(n, n, n));
      if (i % 10 === 0) {
        reference.matmul(out, a, expected, oneProduct(n, n, n));
        expect(distance(expected, again, n * n)).toBeLessThan(1);
      }
      other.values = scaled;
    }
  });
});
