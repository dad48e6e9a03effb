import { describe, expect, test } from "vitest";
import { allocate, type FloatDType, type Storage } from "../../src/dtype.ts";
import { reference } from "../../src/kernels/reference/index.ts";
import { normalCdf, normalQuantile } from "../../src/kernels/reference/normal.ts";

const key = Int32Array.of(0x1234567, 0x89abcdef);
const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");

type Draw = (key: Storage, out: Storage) => void;
const draws: Record<string, Draw> = {
  uniform: reference.randomUniform,
  normal: reference.randomNormal,
  "truncated normal": (k, out) => reference.randomTruncatedNormal(k, -1, 2, out),
};

function drawn(draw: Draw, dtype: FloatDType, size: number, from: Storage = key): Storage {
  const out = allocate(dtype, size);
  draw(from, out);
  return out;
}

/**
 * The Kolmogorov-Smirnov distance between a sample and a distribution, times √n: above 1.95 once in a thousand samples
 * of the right distribution, and the keys here are fixed.
 */
function distance(sample: Storage, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(sample).sort();
  let most = 0;
  for (let i = 0; i < sorted.length; i++) {
    const p = cdf(sorted[i]!);
    most = Math.max(most, p - i / sorted.length, (i + 1) / sorted.length - p);
  }
  return most * Math.sqrt(sorted.length);
}

/** The first four moments about 0. */
function moments(sample: Storage): number[] {
  return [1, 2, 3, 4].map((n) => Array.from(sample, (x) => x ** n).reduce((a, b) => a + b, 0) / sample.length);
}

test("bits are the blocks of Threefry, two words each", () => {
  const out = new Int32Array(3);
  reference.randomBits(Int32Array.of(0, 0), out);
  // The first block is the known answer for counter 0.
  expect([hex(out[0]!), hex(out[1]!)]).toEqual(["6b200159", "99ba4efe"]);
  expect(out[2]).not.toBe(0);
});

test("every bit is set half the time, and neighbours are independent", () => {
  const out = new Int32Array(20000);
  reference.randomBits(key, out);
  for (let bit = 0; bit < 32; bit++) {
    let set = 0;
    let same = 0;
    for (let i = 0; i < out.length; i++) {
      set += (out[i]! >>> bit) & 1;
      if (i > 0) same += ((out[i]! ^ ~out[i - 1]!) >>> bit) & 1;
    }
    // 4 standard deviations of a fair coin.
    expect(Math.abs(set / out.length - 0.5)).toBeLessThan(2 / Math.sqrt(out.length));
    expect(Math.abs(same / (out.length - 1) - 0.5)).toBeLessThan(2 / Math.sqrt(out.length));
  }
});

describe.each(Object.entries(draws))("%s", (_, draw) => {
  describe.each(["float32", "float64"] as const)("%s", (dtype) => {
    test("a longer draw extends a shorter one", () => {
      const long = drawn(draw, dtype, 1300);
      for (const size of [0, 1, 2, 3, 511, 512, 513, 1025]) {
        expect(drawn(draw, dtype, size)).toEqual(long.slice(0, size));
      }
    });

    test("another key draws something else", () => {
      const other = drawn(draw, dtype, 100, Int32Array.of(key[0]!, key[1]! + 1));
      const same = drawn(draw, dtype, 100).filter((x, i) => x === other[i]);
      expect(same.length).toBe(0);
    });
  });
});

describe("uniform", () => {
  test.each(["float32", "float64"] as const)("%s fits its distribution", (dtype) => {
    const sample = drawn(draws.uniform!, dtype, 20000);
    expect(distance(sample, (x) => x)).toBeLessThan(1.95);
    expect(sample.every((x) => x >= 0 && x < 1)).toBe(true);
    const [mean, square] = moments(sample);
    expect(Math.abs(mean! - 1 / 2)).toBeLessThan(0.01);
    expect(Math.abs(square! - 1 / 3)).toBeLessThan(0.01);
  });

  test("is made of the top bits of its words", () => {
    const size = 1300;
    const bits = new Int32Array(2 * size);
    reference.randomBits(key, bits);
    const single = Float32Array.from(bits.subarray(0, size), (word) => (word >>> 8) / 2 ** 24);
    expect(drawn(draws.uniform!, "float32", size)).toEqual(single);
    const double = new Float64Array(size);
    for (let i = 0; i < size; i++) double[i] = ((bits[2 * i]! >>> 5) * 2 ** 26 + (bits[2 * i + 1]! >>> 6)) / 2 ** 53;
    expect(drawn(draws.uniform!, "float64", size)).toEqual(double);
  });
});

test.each(["float32", "float64"] as const)("normal %s fits its distribution", (dtype) => {
  const sample = drawn(draws.normal!, dtype, 20000);
  expect(distance(sample, normalCdf)).toBeLessThan(1.95);
  const [mean, square, cube, fourth] = moments(sample);
  // 4 standard deviations: of x^n they are 1, √2, √15 and √96.
  const error = 4 / Math.sqrt(sample.length);
  expect(Math.abs(mean!)).toBeLessThan(error);
  expect(Math.abs(square! - 1)).toBeLessThan(error * Math.SQRT2);
  expect(Math.abs(cube!)).toBeLessThan(error * Math.sqrt(15));
  expect(Math.abs(fourth! - 3)).toBeLessThan(error * Math.sqrt(96));
});

test("normal is the quantile of its words, from the middles of equal intervals", () => {
  const size = 1300;
  const bits = new Int32Array(2 * size);
  reference.randomBits(key, bits);
  const single = Float32Array.from(bits.subarray(0, size), (word) => normalQuantile(((word >>> 0) + 0.5) / 2 ** 32));
  expect(drawn(draws.normal!, "float32", size)).toEqual(single);
  const double = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const above = (bits[2 * i]! >>> 6) * 2 ** 26 + (bits[2 * i + 1]! >>> 6);
    double[i] = normalQuantile((above + 0.5) / 2 ** 52);
  }
  expect(drawn(draws.normal!, "float64", size)).toEqual(double);
});

describe("truncated normal", () => {
  const inf = Number.POSITIVE_INFINITY;
  const intervals: readonly [number, number][] = [
    [-1, 2],
    [-2, 2],
    [-inf, inf],
    [-inf, -3],
    [3, inf],
    [0, 1],
    [8, 9],
    [-1, 12],
    [-12, 1],
    [-20, -19.9],
    [36, inf],
  ];

  test.each(intervals)("between %d and %d fits its distribution", (low, high) => {
    // Differences of upper probabilities vanish, so an interval above 0 is looked at from below.
    const [sign, from, to] = low > 0 ? [-1, -high, -low] : [1, low, high];
    const mass = normalCdf(to) - normalCdf(from);
    for (const dtype of ["float32", "float64"] as const) {
      const sample = drawn((k, out) => reference.randomTruncatedNormal(k, low, high, out), dtype, 5000);
      expect(sample.every((x) => x >= Math.fround(low) && x <= Math.fround(high))).toBe(true);
      const cdf = (x: number): number => (normalCdf(x) - normalCdf(from)) / mass;
      expect(distance(sample.map((x) => sign * x) as Storage, cdf)).toBeLessThan(1.95);
    }
  });

  test.each([
    [40, inf],
    [100, 101],
    [1e4, inf],
    [-inf, -60],
  ] as const)("stays near the nearer bound, where probabilities underflow: %d to %d", (low, high) => {
    const sample = drawn((k, out) => reference.randomTruncatedNormal(k, low, high, out), "float64", 5000);
    const bound = low > 0 ? low : high;
    expect(sample.every((x) => x >= low && x <= high)).toBe(true);
    // Beyond a far bound the excess is nearly exponential, with the bound for its rate.
    const excess = sample.map((x) => Math.abs(x - bound)) as Storage;
    expect(distance(excess, (x) => -Math.expm1(-Math.abs(bound) * x - (x * x) / 2))).toBeLessThan(1.95);
  });

  test("an interval of one point is that point", () => {
    for (const point of [-50, -2, 0, 2, 50]) {
      const sample = drawn((k, out) => reference.randomTruncatedNormal(k, point, point, out), "float64", 10);
      expect(sample).toEqual(new Float64Array(10).fill(point));
    }
  });
});

describe("keys", () => {
  const split = (from: Storage, count: number): Int32Array => {
    const out = new Int32Array(2 * count);
    reference.splitKey(from, out);
    return out;
  };
  const fold = (from: Storage, data: number): Int32Array => {
    const out = new Int32Array(2);
    reference.foldIn(from, Int32Array.of(data), out);
    return out;
  };

  test("a split key does not depend on how many there are", () => {
    expect(split(key, 3)).toEqual(split(key, 10).slice(0, 6));
  });

  test("folding takes the number as 32 bits without a sign", () => {
    expect(fold(key, -1)).toEqual(fold(key, 2 ** 32 - 1));
    expect(fold(key, 2 ** 31)).toEqual(fold(key, -(2 ** 31)));
    expect(fold(key, 0)).not.toEqual(fold(key, 1));
  });

  test("splits, folds and draws of a key are all different blocks", () => {
    const count = 500;
    const bits = new Int32Array(2 * count);
    reference.randomBits(key, bits);
    const keys = split(key, count);
    const blocks = new Set<string>();
    for (let i = 0; i < count; i++) {
      blocks.add(`${bits[2 * i]} ${bits[2 * i + 1]}`);
      blocks.add(`${keys[2 * i]} ${keys[2 * i + 1]}`);
      blocks.add(fold(key, i).join(" "));
    }
    expect(blocks.size).toBe(3 * count);
  });

  test("draws from a key and from its descendants do not follow each other", () => {
    const families = [key, split(key, 2).slice(0, 2), split(key, 2).slice(2), fold(key, 0), fold(key, 1)];
    const size = 20000;
    const samples = families.map((from) => drawn(draws.normal!, "float64", size, from));
    samples.forEach((x, a) => {
      for (const y of samples.slice(a + 1)) {
        let product = 0;
        for (let i = 0; i < size; i++) product += x[i]! * y[i]!;
        expect(Math.abs(product / size)).toBeLessThan(4 / Math.sqrt(size));
      }
    });
  });
});
