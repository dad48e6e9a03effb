import type { Crossover } from "../../../src/kernels/wasm/index.ts";

/** A machine for calls of every size. */
export const always: Crossover = { products: 0, functions: 0, arithmetic: 0, draws: 0, reductions: 0, movement: 0 };
