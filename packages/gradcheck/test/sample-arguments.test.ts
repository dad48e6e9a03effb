import { type AnyTensor, draw, eigh, key, reshape, svd, tensor } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { abstractArguments, drawArguments, leavesOf, replaceIn, wholeNumbers } from "../src/sample-arguments.ts";

const valuesOf = (x: unknown): number[] => Array.from((x as AnyTensor).data());

describe("drawArguments", () => {
  test("gives tensors of the shapes, dtypes and ranges asked for, wherever draws stand", () => {
    const args = [
      draw([2, 3], { low: 0.5, high: 2 }),
      { list: [draw([4], { dtype: "int32", low: 2, high: 4 })] },
      "mode",
    ];
    const drawn = drawArguments(args, key(0));
    const [x, { list }, mode] = drawn.args as [AnyTensor, { list: AnyTensor[] }, string];
    expect([x.shape, x.dtype, mode]).toEqual([[2, 3], "float64", "mode"]);
    expect(valuesOf(x).every((value) => value >= 0.5 && value <= 2)).toBe(true);
    expect(list[0]!.dtype).toBe("int32");
    expect(valuesOf(list[0]).every((value) => value >= 2 && value <= 4)).toBe(true);
    expect(drawn.tensors.map(({ tensor }) => tensor)).toEqual([x, list[0]]);
    expect(drawn.floats).toEqual([x]);
  });

  test("gives the same values for the same key, others for another", () => {
    const drawn = (seed: number): number[] => valuesOf(drawArguments([draw([5])], key(seed)).args[0]);
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  test("gives one tensor for one draw that stands twice", () => {
    const same = draw([2]);
    const { args, tensors } = drawArguments([same, [same]], key(0));
    expect((args[1] as unknown[])[0]).toBe(args[0]);
    expect(tensors).toHaveLength(1);
  });

  test("keeps a distance from points to avoid", () => {
    const { args } = drawArguments([draw([1000], { avoid: [0] })], key(0));
    expect(Math.min(...valuesOf(args[0]).map(Math.abs))).toBeGreaterThan(0.09);
    expect(new Set(valuesOf(args[0])).size).toBe(1000);
  });

  test("keeps within the range while it does", () => {
    const { args } = drawArguments([draw([1000], { low: 0, high: 1, avoid: [0, 1] })], key(0));
    expect(Math.min(...valuesOf(args[0]))).toBeGreaterThanOrEqual(0.05);
    expect(Math.max(...valuesOf(args[0]))).toBeLessThanOrEqual(0.95);
  });

  test("makes no matrix singular for being evenly spaced", () => {
    for (let seed = 0; seed < 100; seed++) {
      const [a, b, c, d] = valuesOf(drawArguments([draw([2, 2], { distinct: true })], key(seed)).args[0]);
      expect(Math.abs(a! * d! - b! * c!)).toBeGreaterThan(1e-6);
    }
  });

  test("makes distinct values differ clearly, over all draws of a call", () => {
    const { args } = drawArguments([draw([10], { distinct: true }), draw([10], { distinct: true })], key(0));
    const values = args.flatMap(valuesOf).sort((a, b) => a - b);
    const gaps = values.slice(1).map((value, i) => value - values[i]!);
    expect(Math.min(...gaps)).toBeGreaterThan(0.049);
  });
});

test("regular matrices have full rank, and singular values and eigenvalues far from each other", () => {
  for (const shape of [
    [4, 4],
    [5, 2],
    [2, 3],
    [3, 2, 2],
  ]) {
    for (let seed = 0; seed < 20; seed++) {
      const { tensors } = drawArguments([draw(shape, { low: -2, high: 1, regular: true })], key(seed));
      const x = tensors[0]!.tensor;
      for (const matrix of [x, wholeNumbers(tensors[0]!)!]) {
        const spectra = [svd(matrix)[1], ...(shape.at(-1) === shape.at(-2) ? [eigh(matrix)[0]] : [])];
        for (const spectrum of spectra) {
          const values = (reshape(spectrum, [-1, spectrum.shape.at(-1)!]).toArray() as number[][]).map((one) =>
            one.toSorted((a, b) => a - b),
          );
          const gaps = values.flatMap((one) => one.slice(1).map((value, i) => value - one[i]!));
          expect(Math.min(...gaps)).toBeGreaterThan(2);
          expect(Math.min(...values.flat().map(Math.abs))).toBeGreaterThan(2);
        }
      }
    }
  }
});

test("abstractArguments puts an abstract tensor in the place of each draw, and leaves the rest", () => {
  const given = tensor([1]);
  const [x, other] = abstractArguments([draw([2], { dtype: "bool" }), given]) as AnyTensor[];
  expect([x!.isAbstract, x!.shape, x!.dtype]).toEqual([true, [2], "bool"]);
  expect(other).toBe(given);
});

test("replaceIn goes through arrays and plain objects, and leavesOf lists what they hold", () => {
  const at = key(0);
  const args = [1, { a: [2, at], b: "float64" }];
  expect(leavesOf(args)).toEqual([1, 2, at, "float64"]);
  const replaced = replaceIn(
    args,
    new Map<unknown, unknown>([
      [2, null],
      ["float64", "float32"],
    ]),
  );
  expect(replaced).toEqual([1, { a: [null, at], b: "float32" }]);
  expect(args[1]).toEqual({ a: [2, at], b: "float64" });
});

describe("wholeNumbers", () => {
  const whole = (options: object, ...values: number[]): number[] | undefined => {
    const x = wholeNumbers({ draw: draw([values.length], options), tensor: tensor(values, { dtype: "float64" }) });
    return x && valuesOf(x);
  };

  test("are the nearest ones of the range, without points to avoid", () => {
    expect(whole({}, -0.7, -0.2, 0.2, 0.8)).toEqual([-1, 0, 0, 1]);
    expect(whole({ avoid: [0] }, -0.2, 0.2)).toEqual([-1, 1]);
    expect(whole({ low: 0.1, high: 3 }, 0.2, 2.4)).toEqual([1, 2]);
  });

  test("are refused where the range has none", () => {
    expect(whole({ low: 0.1, high: 0.9 }, 0.5)).toBeUndefined();
  });
});
