import { key } from "@tapegrad/core";
import { expect, test } from "vitest";
import {
  drawCotangents,
  drawDirection,
  ownScalesOf,
  precisionOf,
  restricted,
  scalesOf,
  shortened,
  signedSizes,
} from "../../src/engine/directions.ts";
import type { Block } from "../../src/engine/subject.ts";

const block = (start: number, size: number, dtype: Block["dtype"] = "float64"): Block => ({
  path: "",
  shape: [size],
  dtype,
  start,
  size,
});

test("elements move by their own size, or by that of their block where it is larger", () => {
  const x = Float64Array.of(3, 4, 0, 0, 1e-9, 10);
  const scales = scalesOf(x, [block(0, 2), block(2, 2), block(4, 2)]);
  expect([...scales].map((s) => Number(s.toPrecision(6)))).toEqual([3.53553, 4, 1, 1, 7.07107, 10]);
  expect([...ownScalesOf(x)]).toEqual([3, 4, 0, 0, 1e-9, 10]);
});

test("scales neither overflow nor underflow", () => {
  expect(scalesOf(Float64Array.of(3e200, 4e200), [block(0, 2)])[0]).toBeCloseTo(3.53553e200, -196);
  expect(scalesOf(Float64Array.of(3e-200, 4e-200), [block(0, 2)])[0]! / 1e-200).toBeCloseTo(3.53553, 4);
});

test("sizes are from 0.5 to 1.5, of both signs", () => {
  const sizes = signedSizes(1000, key(0));
  expect(sizes.every((size) => Math.abs(size) >= 0.5 && Math.abs(size) <= 1.5)).toBe(true);
  expect(sizes.filter((size) => size < 0).length).toBeGreaterThan(400);
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(400);
});

test("points at every step of a direction are exact", () => {
  const precision = precisionOf([block(0, 100)]);
  const x = signedSizes(100, key(1));
  const v = drawDirection(x, scalesOf(x, [block(0, 100)]), precision, key(2));
  for (let step = precision.step; step >= precision.smallest; step /= 2) {
    v.forEach((move, i) => {
      expect(x[i]! + (step / 4) * move - x[i]!).toBe((step / 4) * move);
    });
  }
});

test("numbers are rounded to so many bits", () => {
  expect(shortened(Math.PI, 10)).toBe(3.140625);
  expect(shortened(-1e-20, 24) / -1e-20).toBeCloseTo(1, 7);
  expect(shortened(0, 24)).toBe(0);
});

test("a direction can be restricted to some ranges", () => {
  expect([...restricted(Float64Array.of(1, 2, 3, 4), [block(1, 2)])]).toEqual([0, 2, 3, 0]);
});

test("cotangents are as large as results are small, and the second ones span scales", () => {
  const values = Float64Array.from({ length: 200 }, (_, i) => (i < 100 ? 1e6 : 1e-6));
  const [first, second] = drawCotangents(values, [block(0, 100), block(100, 100)], key(0));
  expect(first.every((w, i) => Math.abs(w * values[i]!) >= 0.49 && Math.abs(w * values[i]!) <= 1.51)).toBe(true);
  const ratios = new Set(second.map((w, i) => w / first[i]!).map((ratio) => Number(ratio.toPrecision(6))));
  expect([...ratios].map(Math.abs).sort()).toEqual([0, 1e-6, 1]);
});

test("results of which nothing but rounding is left get the cotangents of what they are said to be at least", () => {
  const [first] = drawCotangents(Float64Array.of(1e-17), [block(0, 1)], key(0), Float64Array.of(2));
  expect(Math.abs(first[0]!)).toBeLessThan(1);
});

test("float32 anywhere makes for its precision", () => {
  expect(precisionOf([block(0, 1), block(1, 1, "float32")]).name).toBe("float32");
  expect(precisionOf([block(0, 1)]).name).toBe("float64");
});
