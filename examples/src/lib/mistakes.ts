import { type AnyTensor, argmax, softmax } from "@tapegrad/core";
import { CLASSES, type Digits, PIXELS } from "./digits.ts";

/** A digit that was taken for another. */
export interface Mistake {
  /** 784 grey values. */
  readonly image: readonly number[];
  readonly actual: number;
  readonly predicted: number;
  /** What the network gives for its answer, and for the right one. */
  readonly confidence: number;
  readonly confidenceInActual: number;
}

/**
 * All mistakes, the most confident first: those are the interesting ones.
 * @param logits what a network gives for the digits, [examples, classes].
 */
export function mistakesOf(logits: AnyTensor, digits: Digits): Mistake[] {
  const probabilities: AnyTensor = softmax(logits);
  const answers = argmax(probabilities, -1).data();
  const [values, labels, images] = [probabilities.data(), digits.labels.data(), digits.images.data()];
  const mistakes: Mistake[] = [];
  labels.forEach((actual, i) => {
    const predicted = answers[i]!;
    if (predicted === actual) return;
    mistakes.push({
      image: Array.from(images.subarray(i * PIXELS, (i + 1) * PIXELS)),
      actual,
      predicted,
      confidence: values[i * CLASSES + predicted]!,
      confidenceInActual: values[i * CLASSES + actual]!,
    });
  });
  return mistakes.sort((a, b) => b.confidence - a.confidence);
}
