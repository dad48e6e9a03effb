import { readFileSync } from "node:fs";
import { type AnyTensor, type Shape, type Tensor, tensor } from "@tapegrad/core";
import { expect } from "vitest";

/** Tensors as the numeric fixtures write them. */
export interface Values {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
}

export const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));

const dtypes = { f64: "float64", i64: "int32", bool: "bool" } as const;

export const tensorOf = ({ shape, dtype, data }: Values): AnyTensor =>
  tensor(data, { shape, dtype: dtypes[dtype as keyof typeof dtypes] }) as AnyTensor;

export const float64 = (values: readonly number[] | readonly (readonly number[])[]): Tensor<Shape, "float64"> =>
  tensor(values, { dtype: "float64" }) as Tensor<Shape, "float64">;

/** |a − b| ≤ atol + rtol |b| everywhere, and the same shape. */
export function expectClose(actual: AnyTensor, expected: Values, tolerance: { rtol: number; atol: number }): void {
  expect(actual.shape).toEqual(expected.shape);
  expectNear(Array.from(actual.data()), expected.data, tolerance);
}

export function expectNear(
  actual: readonly number[],
  expected: readonly number[],
  { rtol, atol }: { rtol: number; atol: number },
): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    const bound = atol + rtol * Math.abs(expected[i]!);
    expect(Math.abs(value - expected[i]!), `element ${i}: ${value} for ${expected[i]}`).toBeLessThanOrEqual(bound);
  });
}

export const numbers = (x: AnyTensor): number[] => Array.from(x.data());
