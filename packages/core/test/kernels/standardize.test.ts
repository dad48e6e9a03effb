import { checkOps } from "@tapegrad/gradcheck";
import { describe, expect, test } from "vitest";
import { reference } from "../../src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../src/kernels/wasm/index.ts";
import { standardize, standardizeJacobian } from "../../src/ops/standardize.ts";
import { always } from "./wasm/always.ts";
import { machines } from "./wasm/machines.ts";

/** Numbers around 0 that are the same each time. */
const noise = (length: number): number[] =>
  Array.from({ length }, (_, i) => Math.sin(i * 12.9898) + Math.sin(i * 78.233 + 1));

const paths = [
  ["reference", reference] as const,
  ...machines.map(([name, machine]) => [name, acceleratedKernels(() => machine, always)] as const),
];

describe.each(paths)("%s", (_, kernels) => {
  test.each([Float32Array, Float64Array])("rows of %o get mean 0 and variance 1", (array) => {
    const [length, rows] = [37, 5];
    const x = array.from(noise(length * rows).map((value, i) => 3 * value + i));
    const [y, scales] = [new array(x.length), new array(rows)];
    kernels.standardize(x, 1, length, 0, y, scales);
    const unit = array === Float32Array ? 1e-6 : 1e-14;
    for (let row = 0; row < rows; row++) {
      const own = Array.from(y.subarray(row * length, (row + 1) * length));
      const mean = own.reduce((sum, value) => sum + value, 0) / length;
      const square = own.reduce((sum, value) => sum + value * value, 0) / length;
      expect(Math.abs(mean)).toBeLessThan(unit);
      expect(Math.abs(square - 1)).toBeLessThan(unit);
      const slope = (y[row * length + 1]! - y[row * length]!) / (x[row * length + 1]! - x[row * length]!);
      expect(Math.abs(slope / scales[row]! - 1)).toBeLessThan(100 * unit);
    }
  });

  test("units of several rows are what rows are that hold the same", () => {
    const [outer, units, inner] = [4, 3, 11];
    const x = Float64Array.from(noise(outer * units * inner));
    // The rows of a unit one after another: [units, outer, inner].
    const gathered = x.map((_, at) => {
      const [unit, rest] = [Math.floor(at / (outer * inner)), at % (outer * inner)];
      return x[(Math.floor(rest / inner) * units + unit) * inner + (rest % inner)]!;
    });
    const results = [
      [x, outer, inner],
      [gathered, 1, outer * inner],
    ].map(([of, ...sizes]) => {
      const [y, scales, product] = [new Float64Array(x.length), new Float64Array(units), new Float64Array(x.length)];
      const [around, within] = sizes as [number, number];
      kernels.standardize(of as Float64Array, around, within, 0.1, y, scales);
      kernels.standardizeJacobian(y, scales, of as Float64Array, around, within, product);
      return { y, scales, product };
    });
    const [spread, rows] = results as [(typeof results)[0], (typeof results)[0]];
    for (let unit = 0; unit < units; unit++) expect(spread.scales[unit]).toBeCloseTo(rows.scales[unit]!, 13);
    gathered.forEach((_, at) => {
      const [unit, rest] = [Math.floor(at / (outer * inner)), at % (outer * inner)];
      const from = (Math.floor(rest / inner) * units + unit) * inner + (rest % inner);
      expect(spread.y[from]).toBeCloseTo(rows.y[at]!, 13);
      expect(spread.product[from]).toBeCloseTo(rows.product[at]!, 13);
    });
  });

  test("a mean of 10000 beside a deviation of 1 costs no digits of what float32 holds", () => {
    const length = 3001;
    const x = Float32Array.from(noise(length), (value) => 1e4 + value);
    const values = Array.from(x);
    const mean = values.reduce((sum, value) => sum + (value - 1e4), 0) / length + 1e4;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
    const [y, scales] = [new Float32Array(length), new Float32Array(1)];
    kernels.standardize(x, 1, length, 0, y, scales);
    values.forEach((value, i) => {
      expect(Math.abs(y[i]! - (value - mean) / Math.sqrt(variance))).toBeLessThan(1e-6);
    });
  });

  test("a row of one number is 0, of equal ones 0 with eps and NaN without, and NaN spreads over its row only", () => {
    const [y, scales] = [new Float32Array(3), new Float32Array(3)];
    kernels.standardize(Float32Array.of(5, -7, 1e30), 1, 1, 0.25, y, scales);
    expect([...y, ...scales]).toEqual([0, 0, 0, 2, 2, 2]);
    kernels.standardize(Float32Array.of(4, 4, 4), 1, 3, 0, y, scales.subarray(0, 1));
    expect([...y]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    const two = new Float32Array(4);
    kernels.standardize(Float32Array.of(Number.NaN, 1, 1, 3), 1, 2, 0, two, new Float32Array(2));
    expect([...two]).toEqual([Number.NaN, Number.NaN, -1, 1]);
  });
});

test("the operations under normalizations keep to their definitions", () => {
  expect(checkOps({ standardize, standardizeJacobian }).failures).toEqual([]);
});
