import { type AnyTensor, alias, type Tape, vjp } from "@tapegrad/core";
import type { Context } from "./context.ts";
import { rerun } from "./rerun.ts";
import { type Block, flatten, unflatten } from "./subject.ts";

/** The part of a gradient that comes from one of the places where an input is used. */
interface Use {
  readonly entry: number;
  readonly operation: string;
  readonly gradient: Float64Array;
}

/** Relative to the largest element. */
const LIKENESS = 1e-9;

/** Whether a gradient is only part of the sum over the places at which its input is used, in words; or `null`. */
export function missingUse(context: Context, block: Block): string | null {
  const uses = usesOf(context, block);
  if (uses.length < 2) return null;
  const own = context.gradients[0]!.subarray(block.start, block.start + block.size);
  const whole = own.map((_, i) => uses.reduce((sum, { gradient }) => sum + gradient[i]!, 0));
  if (isAlike(own, whole)) return null;
  const place = ({ entry, operation }: Use): string => `entry ${entry} (${operation}) of the function as it is written`;
  const only = uses.find(({ gradient }) => isAlike(own, gradient));
  if (only !== undefined) {
    return `it is that of one use of ${uses.length} alone, in ${place(only)}: overwritten instead of added up, or the rest is missing`;
  }
  const without = ({ gradient }: Use): Float64Array => whole.map((sum, i) => sum - gradient[i]!);
  const missing = uses.find((use) => isAlike(own, without(use)));
  return missing === undefined ? null : `the term of its use in ${place(missing)} is missing`;
}

/** The number of each entry, without those that only give a tensor a new identity. */
function numbersOf({ entries }: Tape): number[] {
  let number = 0;
  return entries.map(({ operation }) => (operation.name === "alias" ? number : number++));
}

function isAlike(a: Float64Array, b: Float64Array): boolean {
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.every((value, i) => Math.abs(value - b[i]!) <= LIKENESS * largest);
}

/** What each use adds to the gradient by an input, on the tape as it is written: with rules of operations, not with pull-backs of users'. */
function usesOf({ runs, cotangents }: Context, block: Block): Use[] {
  const { tape, value } = runs.written;
  const input = tape.inputs[runs.subject.inputs.indexOf(block)];
  if (input === undefined) return [];
  // A tape that sees functions as they are written has its inputs under several identities.
  const same = new Set([input]);
  for (const { operation, inputs, outputs } of tape.entries) {
    if (operation.name === "alias" && same.has(inputs[0]!)) same.add(outputs[0]!);
  }
  const places = tape.entries.flatMap(({ operation, inputs }, entry) =>
    operation.name === "alias"
      ? []
      : [...inputs.keys()].filter((j) => same.has(inputs[j]!)).map((position) => ({ entry, position })),
  );
  if (places.length < 2) return [];
  const run = (copies: readonly AnyTensor[]): AnyTensor[] => {
    const known = new Map<AnyTensor, AnyTensor>();
    for (const [i, entry] of tape.entries.entries()) {
      const inputs = entry.inputs.map((one, j) => {
        const place = places.findIndex(({ entry: at, position }) => at === i && position === j);
        return place === -1 ? (known.get(one) ?? one) : copies[place]!;
      });
      for (const [k, output] of rerun(entry, inputs).entries()) known.set(entry.outputs[k]!, output);
    }
    return value.map((one) => known.get(one) ?? one);
  };
  const { pullBack } = vjp(run)(places.map(() => alias(input) as AnyTensor));
  const gradients = pullBack(unflatten(cotangents[0]!, runs.outputs) as never) as unknown as readonly AnyTensor[];
  const numbers = numbersOf(tape);
  return places.map(({ entry }, i) => ({
    entry: numbers[entry]!,
    operation: tape.entries[entry]!.operation.name,
    gradient: flatten([gradients[i]!]),
  }));
}
