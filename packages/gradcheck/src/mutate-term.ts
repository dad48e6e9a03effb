import { type AnyTensor, type Applied, broadcastTo, type Entry, neg, record, sameShape } from "@tapegrad/core";
import { rerun } from "./engine/rerun.ts";

/** A gradient rule for one input. */
export type Rule = (cotangents: readonly AnyTensor[], at: Applied) => AnyTensor | null;

/** What a rule may use, as a tree. */
interface Given {
  readonly cotangents: readonly AnyTensor[];
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly AnyTensor[];
}

/** The operations that a rule calls. */
export interface Trace {
  readonly entries: readonly Entry[];
  /** What the rule was given, as the entries see it. */
  readonly given: Given;
  readonly result: AnyTensor | null;
}

/** Runs a rule and notes what it calls. */
export function traceRule(rule: Rule, cotangents: readonly AnyTensor[], at: Applied): Trace {
  let given: Given = { cotangents, inputs: at.inputs, outputs: at.outputs };
  let result: AnyTensor | null = null;
  const { tape } = record((own: Given) => {
    given = own;
    result = rule(own.cotangents, { ...own, output: own.outputs[0]!, attributes: at.attributes });
    return result ?? own.cotangents[0]!;
  })(given);
  return { entries: tape.entries, given, result };
}

/** The sums and differences among entries: each has two terms. */
export const sumsOf = (entries: readonly Entry[]): Entry[] =>
  entries.filter(({ operation: { name } }) => name === "add" || name === "sub");

/** The rule without one of its terms: of the n-th sum on its trace without the first one (2n), or the second one (2n + 1). */
export function withoutTerm(rule: Rule, term: number): Rule {
  return (cotangents, at) => {
    const { entries, given, result } = traceRule(rule, cotangents, at);
    if (result === null) return null;
    const known = new Map<AnyTensor, AnyTensor>();
    for (const [own, outer] of [
      [given.cotangents, cotangents],
      [given.inputs, at.inputs],
      [given.outputs, at.outputs],
    ] as const) {
      own.forEach((tensor, i) => {
        known.set(tensor, outer[i]!);
      });
    }
    const target = sumsOf(entries)[term >> 1];
    for (const entry of entries) {
      const inputs = entry.inputs.map((input) => known.get(input) ?? input);
      const outputs = entry === target ? [keptTerm(entry, inputs, term % 2)] : rerun(entry, inputs);
      entry.outputs.forEach((output, i) => {
        known.set(output, outputs[i]!);
      });
    }
    return known.get(result) ?? result;
  };
}

function keptTerm(
  { operation, outputs: [sum] }: Entry,
  [first, second]: readonly AnyTensor[],
  dropped: number,
): AnyTensor {
  const kept = dropped === 1 ? first! : operation.name === "sub" ? neg(second!) : second!;
  return (sameShape(kept.shape, sum!.shape) ? kept : broadcastTo(kept, sum!.shape)) as AnyTensor;
}
