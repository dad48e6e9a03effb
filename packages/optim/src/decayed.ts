import { type AnyTensor, add, mul } from "@tapegrad/core/functions";

/** The gradient with that of a penalty weightDecay/2 · ‖p‖²; the same tensor without one. */
export function decayed(gradient: AnyTensor, parameter: AnyTensor, weightDecay: number): AnyTensor {
  return weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
}
