// The registry: every operation that is exported here is documented, printed and checked by its definition.
export * from "./activation.ts";
export * from "./arithmetic.ts";
export * from "./cast.ts";
export * from "./comparison.ts";
export * from "./exponential.ts";
export * from "./gemm.ts";
export * from "./hyperbolic.ts";
export * from "./indexing.ts";
export * from "./movement.ts";
export * from "./random.ts";
export * from "./reduce.ts";
export * from "./rounding.ts";
export * from "./slice.ts";
export * from "./sort.ts";
export * from "./special.ts";
export * from "./trigonometric.ts";
export * from "./where.ts";
