import { type AnyTensor, ArgumentError, isFloat, isTensor, treeAt, treeLeaves } from "@tapegrad/core";
import { type Block, lengthOf, type Subject } from "./subject.ts";

/** Cotangents that were given in the structure of the results, flat: one for each result of floats, and nothing else. */
export function flatCotangents(cotangents: unknown, outputs: readonly Block[]): Float64Array {
  const given = new Map(treeLeaves(cotangents).map(({ path, value }) => [path, value]));
  const refuse = (path: string, found: string, advice: string): never => {
    const problem = `the cotangent of ${path || "the result"} is ${found}`;
    throw new ArgumentError("checkGradients", problem, advice);
  };
  const flat = new Float64Array(lengthOf(outputs));
  for (const { path, start, shape } of outputs) {
    const own = given.get(path);
    given.delete(path);
    if (isTensor(own) && isFloat(own.dtype) && `${own.shape}` === `${shape}`) flat.set(own.data(), start);
    else refuse(path, isTensor(own) ? `${own.dtype} [${own.shape}]` : "no tensor", `give floats of [${shape}]`);
  }
  for (const path of given.keys()) {
    refuse(path, "of no result", `give one for ${outputs.map((output) => output.path || "the result").join(", ")}`);
  }
  return flat;
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
