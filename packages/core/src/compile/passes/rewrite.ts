import { Program } from "../../program.ts";
import type { Entry } from "../../tape.ts";
import type { AnyTensor } from "../../tensor.ts";

/** A step of the way from a tape to a fast program: another program that computes the same. */
export interface Pass {
  readonly name: string;
  readonly run: (program: Program) => Program;
}

/**
 * A program with some entries changed, or taken out.
 * @param visit gives the entry to stand there, with the same outputs; a program of its inputs to stand there; or tensors to use in place
 * of its outputs.
 */
export function rewrite(
  { inputs, entries, outputs }: Program,
  visit: (entry: Entry) => Entry | Program | readonly AnyTensor[],
): Program {
  const replaced = new Map<AnyTensor, AnyTensor>();
  const now = (tensor: AnyTensor): AnyTensor => replaced.get(tensor) ?? tensor;
  const moved = (entry: Entry): Entry => {
    const operands = entry.inputs.map(now);
    return operands.some((operand, i) => operand !== entry.inputs[i]) ? { ...entry, inputs: operands } : entry;
  };
  const kept: Entry[] = [];
  for (const entry of entries) {
    const own = moved(entry);
    const result = visit(own);
    if ("operation" in result) {
      kept.push(result);
      continue;
    }
    if (result instanceof Program) {
      for (const [i, input] of result.inputs.entries()) replaced.set(input, own.inputs[i]!);
      kept.push(...result.entries.map(moved));
    }
    const instead = result instanceof Program ? result.outputs.map(now) : result;
    for (const [i, output] of entry.outputs.entries()) replaced.set(output, instead[i]!);
  }
  return new Program(inputs, kept, outputs.map(now));
}
