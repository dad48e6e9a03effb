import { jit, numpy as np } from "@jax-js/jax";
import type { Data } from "../../src/race/data.ts";

/** Whether whole steps go through `jit`. */
export const compiles: boolean = process.argv.includes("--jit");

/** The function, compiled where this process is to show that. As all functions of jax-js it owns its arguments. */
export const staged = (compiles ? jit : (f: unknown) => f) as <F extends (...args: never[]) => unknown>(f: F) => F;

/** An array of the data. */
export const floats = (data: Data, name: string): np.Array =>
  np.array(data.floats(name)).reshape([...data.shape(name)]);

export type Parameters = Record<string, np.Array>;

/** Parameters by name; weights of dense layers are [in, out], the order in which x comes before W. */
export const parametersOf = (data: Data): Parameters =>
  Object.fromEntries(
    data.parameters.map((name) => {
      const value = floats(data, name);
      return [name, name.startsWith("w") && value.ndim === 2 ? transposed(value) : value];
    }),
  );

/** With its axes in another order in memory, not as a view that each product would have to read through. */
export function transposed(value: np.Array, axes?: number[]): np.Array {
  const view = value.transpose(axes);
  const { shape } = view;
  return np.array(view.dataSync() as Float32Array<ArrayBuffer>).reshape(shape);
}
