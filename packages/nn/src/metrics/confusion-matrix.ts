import { type AnyTensor, ArgumentError, adopt, checkOptions, type Tensor } from "@tapegrad/core/functions";
import { classesOf, type MetricOptions } from "./predicted-classes.ts";

export interface ConfusionOptions extends MetricOptions {
  /** How many classes there are; needed only where predictions are classes as integers. */
  readonly classes?: number;
}

/**
 * How often each class was taken for each: row i, column j counts the examples of class i predicted as j. It reads the
 * values, so that it is nothing to compile or differentiate.
 * @param predictions as for `accuracy`.
 * @throws ShapeError for shapes that do not fit; ArgumentError for a class that is not one.
 * @example
 * confusionMatrix(tensor([2, -1, 3]), tensor([1, 0, 0])).toArray(); // [[1, 1], [0, 1]]
 */
export function confusionMatrix(
  predictions: AnyTensor,
  targets: AnyTensor,
  options: ConfusionOptions = {},
): Tensor<readonly [number, number], "int32"> {
  const name = "confusionMatrix";
  checkOptions(name, options, "classes", "threshold");
  const { classes } = options;
  const { predicted, actual, count } = classesOf(name, predictions, targets, options);
  const size = count ?? classes;
  if (size === undefined) {
    throw new ArgumentError(name, "the number of classes is not known", "give it, as in { classes: 3 }");
  }
  const counts = new Int32Array(size * size);
  const [columns, rows] = [predicted.data(), actual.data()];
  for (let i = 0; i < rows.length; i++) {
    const [row, column] = [rows[i]!, columns[i]!];
    for (const index of [row, column]) {
      if (index >= 0 && index < size) continue;
      throw new ArgumentError(name, `${index} is none of ${size} classes`, `classes are 0 to ${size - 1}`);
    }
    counts[row * size + column]!++;
  }
  return adopt(counts, [size, size]) as AnyTensor as Tensor<readonly [number, number], "int32">;
}
