import {
  type AnyTensor,
  all,
  DTypeError,
  GradientError,
  isFinite as isFiniteAt,
  isTensor,
  ShapeError,
  sameShape,
  showShape,
  sum,
} from "@tapegrad/core/functions";

/** @throws ShapeError, DTypeError or GradientError, naming the path, for a gradient that cannot be right. */
export function checkGradient(
  name: string,
  path: string,
  parameter: AnyTensor,
  gradient: unknown,
  finite: boolean,
): asserts gradient is AnyTensor {
  const where = path === "" ? "the parameter" : path;
  if (!isTensor(gradient)) {
    throw new GradientError(name, `the gradient of ${where} is no tensor`, "give what grad or valueAndGrad returned");
  }
  if (!sameShape(gradient.shape, parameter.shape)) {
    const shapes = `${showShape(gradient.shape)}, the parameter is ${showShape(parameter.shape)}`;
    throw new ShapeError(name, `the gradient of ${where} is ${shapes}`, "take both from the same model");
  }
  if (gradient.dtype !== parameter.dtype) {
    const dtypes = `${gradient.dtype}, the parameter is ${parameter.dtype}`;
    throw new DTypeError(name, `the gradient of ${where} is ${dtypes}`, "cast one of them");
  }
  if (finite && !gradient.isAbstract && !isFinite(gradient)) {
    let bad = 0;
    for (const value of gradient.data()) if (!Number.isFinite(value)) bad++;
    throw new GradientError(
      name,
      `the gradient of ${where} has ${bad} of ${gradient.size} elements that are NaN or infinite`,
      "lower the learning rate, clip gradients, or look for log, sqrt or division at 0",
    );
  }
}

/** A sum that is finite says it for all; one that is not may have overflowed. */
function isFinite(gradient: AnyTensor): boolean {
  return Number.isFinite(sum(gradient).item()) || all(isFiniteAt(gradient)).item();
}
