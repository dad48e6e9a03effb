// Functions made of operations. Like those they carry samples and are checked; they have no rules of their own.

export * from "./activations.ts";
export * from "./attention.ts";
export * from "./average-pooling.ts";
export * from "./batch-normalization.ts";
export * from "./convolution.ts";
export * from "./einsum.ts";
export * from "./elementwise.ts";
export * from "./gated-activations.ts";
export { type AtIndex, at, type EmbeddingOptions, embedding, maskedFill } from "./indexing.ts";
export * from "./layout.ts";
export * from "./linalg.ts";
export * from "./matmul.ts";
export * from "./max-pooling.ts";
export * from "./movement.ts";
export * from "./normalization.ts";
export * from "./pad.ts";
export * from "./random.ts";
export * from "./reductions.ts";
export * from "./resampling.ts";
export * from "./scans.ts";
export * from "./similarity.ts";
export * from "./statistics.ts";
export * from "./transposed-convolution.ts";
export * from "./unfold.ts";
