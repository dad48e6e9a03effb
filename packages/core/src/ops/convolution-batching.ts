import type { Batched } from "../op.ts";
import type { AnyTensor } from "../tensor.ts";
import { allBatched, exchanged } from "./batching.ts";
import type { Convolution } from "./convolution-shapes.ts";
import { reshape } from "./movement.ts";

// How convolutions run for a batch of examples; not part of the public interface.

/** Runs an operation on data [N, C, ...] and a weight, or on data and data, that fall into groups. */
type Run = (data: AnyTensor, other: AnyTensor, groups: number) => AnyTensor;

/**
 * Data of [N, ...] for each example with a weight, by one call. Where the weight is the same for all, the examples are more
 * images; else they are more groups of channels, each with the weight of its example.
 */
export function batchedData(inputs: readonly AnyTensor[], at: Batched<Convolution>, run: Run): AnyTensor {
  const { size, batched, attributes } = at;
  if (!batched[1]) return apart(run(together(inputs[0]!), inputs[1]!, attributes.groups), size);
  const [data, weight] = allBatched(inputs, at) as [AnyTensor, AnyTensor];
  return fromChannels(run(asChannels(data), together(weight), attributes.groups * size), size);
}

/** The weight of each example, by one call: sums over images would mix examples, groups of channels keep them apart. */
export function batchedWeights(inputs: readonly AnyTensor[], at: Batched<Convolution>, run: Run): AnyTensor {
  const [x, g] = allBatched(inputs, at).map(asChannels) as [AnyTensor, AnyTensor];
  return apart(run(x, g, at.attributes.groups * at.size), at.size);
}

/** [B, N, ...] as [B·N, ...] */
const together = (x: AnyTensor): AnyTensor => reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]) as AnyTensor;

/** [B·N, ...] as [B, N, ...] */
const apart = (x: AnyTensor, size: number): AnyTensor =>
  reshape(x, [size, x.shape[0]! / size, ...x.shape.slice(1)]) as AnyTensor;

/** [B, N, C, ...] as [N, B·C, ...] */
const asChannels = (x: AnyTensor): AnyTensor => {
  const [size, images, channels, ...rest] = x.shape as [number, number, number, ...number[]];
  return reshape(exchanged(x), [images, size * channels, ...rest]) as AnyTensor;
};

/** [N, B·C, ...] as [B, N, C, ...] */
const fromChannels = (x: AnyTensor, size: number): AnyTensor => {
  const [images, channels, ...rest] = x.shape as [number, number, ...number[]];
  return exchanged(reshape(x, [images, size, channels / size, ...rest]) as AnyTensor);
};
