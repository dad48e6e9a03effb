import { type AnyTensor, ArgumentError, isFloat, isTensor, treeAt, treeLeaves } from "@tapegrad/core";
import { flatten, lengthOf, type Subject } from "./subject.ts";

/** Cotangents that were given for results of so many elements, flat. */
export function flatCotangents(cotangents: unknown, length: number): Float64Array {
  const leaves = treeLeaves(cotangents).flatMap(({ value }) =>
    isTensor(value) && isFloat(value.dtype) ? [value] : [],
  );
  const flat = flatten(leaves);
  if (flat.length === length) return flat;
  throw new ArgumentError(
    "checkGradients",
    `the cotangents have ${flat.length} elements for results of ${length}`,
    "give a tensor of its shape for each result",
  );
}

/** A gradient that was given in the structure of the argument, flat; `null` in place of a parameter counts as zeros. */
export function flatGradient(gradient: unknown, { inputs }: Subject): Float64Array {
  const flat = new Float64Array(lengthOf(inputs));
  for (const { path, start, shape } of inputs) {
    const own = path === "" ? gradient : treeAt(gradient, path);
    if (own === null) continue;
    if (!isTensor(own) || `${own.shape}` !== `${shape}`) {
      const found = isTensor(own) ? `[${own.shape}]` : "no tensor";
      throw new ArgumentError(
        "checkGradients",
        `the gradient of ${path || "the argument"} is ${found}`,
        `give [${shape}], or null`,
      );
    }
    flat.set((own as AnyTensor).data(), start);
  }
  return flat;
}
