import type { Batched } from "../op.ts";
import type { AnyTensor } from "../tensor.ts";
import { broadcastTo, permute, reshape } from "./movement.ts";

// What batching rules share; not part of the public interface.

/** A batch of examples whose trailing axes line up with tensors of a rank: axes of length 1 after the first. */
export function alignedTo(rank: number, x: AnyTensor, isBatched: boolean): AnyTensor {
  const own = x.rank - 1;
  if (!isBatched || own >= rank) return x;
  return reshape(x, [x.shape[0]!, ...Array<number>(rank - own).fill(1), ...x.shape.slice(1)]) as AnyTensor;
}

/** Inputs that broadcast against each other, so that they also do as batches. */
export function alignedInputs(inputs: readonly AnyTensor[], { batched, inputs: examples }: Batched): AnyTensor[] {
  const rank = Math.max(...examples.map(({ shape }) => shape.length));
  return inputs.map((input, i) => alignedTo(rank, input, batched[i]!));
}

/** Every input with the batch as first axis, those that are the same for all examples repeated. */
export function allBatched(inputs: readonly AnyTensor[], { batched, size }: Batched): AnyTensor[] {
  return inputs.map((input, i) => (batched[i] ? input : (broadcastTo(input, [size, ...input.shape]) as AnyTensor)));
}

/** A tensor with its first two axes exchanged: [N, B, ...] from [B, N, ...], and the other way round. */
export const exchanged = (x: AnyTensor): AnyTensor =>
  permute(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]) as AnyTensor;
