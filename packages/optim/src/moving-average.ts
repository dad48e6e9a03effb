import { type AnyTensor, add, mul } from "@tapegrad/core/functions";

/** kept · before + (1 − kept) · x, with nothing before taken for zeros. */
export function movingAverage(before: AnyTensor | undefined, x: AnyTensor, kept: number): AnyTensor {
  const added: AnyTensor = mul(x, 1 - kept);
  return before === undefined ? added : add(mul(before, kept), added);
}
