import { type AnyTensor, ArgumentError, isTensor, ShapeError, sameShape, showShape } from "@tapegrad/core/functions";
import { checkMatch, type Match, matches } from "./patterns.ts";
import { mapTensors, type Transformation } from "./transformation.ts";

/**
 * Parameters mapped after each update, to keep them where they are to be: not negative, of norm 1, symmetric.
 * @param match which: a path, the path of a part, either with `*`, a list of them, or a function of path and tensor.
 * @param f from a tensor to one of the same shape, by operations.
 * @throws ArgumentError for what is no function; ShapeError at an update, for a tensor of another shape.
 * @example
 * const optimizer = chain(project("w", (w) => maximum(w, 0)), sgd({ learningRate: 1 }));
 * const model = { w: tensor([1, 1]) };
 * optimizer.update(model, { w: tensor([0.5, 2]) }, optimizer.init(model)).model.w.toArray(); // [0.5, 0]
 */
export function project(
  match: Match,
  f: (parameter: AnyTensor) => AnyTensor,
): Transformation<{ readonly match: Match }> {
  checkMatch("project", "the match", match);
  if (typeof f !== "function")
    throw new ArgumentError("project", "there is no function", "give one from tensor to tensor");
  return {
    name: "project",
    hyper: { match },
    after: (parameters, { hyper }) => ({
      tensors: mapTensors(parameters, (parameter, path) => {
        // A function was replaced by the paths that it fits when the state was made.
        if (!matches(hyper.match as string | readonly string[], path)) return parameter;
        const projected = f(parameter);
        if (isTensor(projected) && sameShape(projected.shape, parameter.shape) && projected.dtype === parameter.dtype)
          return projected;
        const found = isTensor(projected) ? `${projected.dtype} ${showShape(projected.shape)}` : "no tensor";
        const expected = `${parameter.dtype} ${showShape(parameter.shape)}`;
        throw new ShapeError(
          "project",
          `the function makes ${found} of ${path}, which is ${expected}`,
          "keep its form",
        );
      }),
    }),
  };
}
