import { Program } from "../../program.ts";
import type { AnyTensor } from "../../tensor.ts";
import { isConcrete, storageOf } from "../../tensor.ts";
import { type Pass, rewrite } from "./rewrite.ts";

/** Computes once what is computed twice: the same operation of the same tensors with the same attributes. */
export const commonSubexpressions: Pass = {
  name: "common subexpressions",
  run: (program) => {
    const names = new Map<AnyTensor | string, number>();
    const nameOf = (tensor: AnyTensor): number => {
      // Numbers are constants of their own wherever they were written, and one by their value.
      const key =
        isConcrete(tensor) && tensor.size === 1
          ? `${tensor.dtype} [${tensor.shape}] ${Object.is(storageOf(tensor)[0], -0) ? "-0" : storageOf(tensor)[0]}`
          : tensor;
      const known = names.get(key);
      if (known !== undefined) return known;
      names.set(key, names.size);
      return names.size - 1;
    };
    const seen = new Map<string, readonly AnyTensor[]>();
    return rewrite(program, (entry) => {
      const { operation, inputs, outputs, attributes } = entry;
      const what = attributesAsText(attributes);
      if (what === null) return entry;
      const key = `${operation.name} ${what} ${inputs.map(nameOf)}`;
      const before = seen.get(key);
      if (before !== undefined) return before;
      seen.set(key, outputs);
      return entry;
    });
  },
};

/** `null` where attributes are more than plain data: programs, and functions. */
function attributesAsText(attributes: object): string | null {
  let isPlain = true;
  const text = JSON.stringify(attributes, (_, value) => {
    if (value instanceof Program || typeof value === "function" || value instanceof Map) {
      isPlain = false;
      return undefined;
    }
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  });
  return isPlain ? text : null;
}
