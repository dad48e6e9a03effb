import { type AnyTensor, defineOp, type Entry, isTensor, type OpDef } from "@tapegrad/core";

type Rerun = (inputs: readonly AnyTensor[], attributes: object) => AnyTensor | readonly AnyTensor[];
const reruns = new WeakMap<object, Rerun>();

/** Runs the operation of an entry from what stands on a tape, rather than from the arguments of a call; with other attributes if given. */
export function rerun(
  { operation, attributes }: Pick<Entry, "operation" | "attributes">,
  inputs: readonly AnyTensor[],
  changed: object = attributes,
): readonly AnyTensor[] {
  const definition = operation as OpDef;
  if (definition.reapply !== undefined) return definition.reapply(inputs, changed);
  let run = reruns.get(operation);
  if (run === undefined) {
    const parse = (inputs: readonly AnyTensor[], attributes: object) => ({ inputs, attributes });
    run = defineOp<Rerun>({ ...definition, parse });
    reruns.set(operation, run);
  }
  const outputs = run(inputs, changed);
  return isTensor(outputs) ? [outputs] : outputs;
}
