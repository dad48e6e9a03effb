import type { AnyTensor } from "@tapegrad/core";
import { accuracy } from "@tapegrad/nn";

/** The share of right predictions as a fraction of the number of examples, which `accuracy` rounds to float32. */
export function exactAccuracy(logits: AnyTensor, targets: AnyTensor): number {
  return Math.round(accuracy(logits, targets).item() * targets.size) / targets.size;
}
