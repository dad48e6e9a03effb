import { zerosLike } from "../create.ts";
import { isFloat } from "../dtype.ts";
import type { OpDef } from "../op.ts";
import { alias } from "../ops/cast.ts";
import { type Program, reapply } from "../program.ts";
import { type Entry, recordOn, Tape } from "../tape.ts";
import type { AnyTensor } from "../tensor.ts";
import { pullBack, pushForward } from "./sweep.ts";

// The rules of operations that run programs: the program runs again on a tape of its own, which is then swept. Both are recorded by the
// tapes around, so that the rules can be differentiated.

/** Outputs of entries that need not be computed again. */
export type Known = ReadonlyMap<Entry, readonly AnyTensor[]>;

/**
 * Cotangents of the inputs of a program, zeros for those that nothing depends on; `null` for inputs that are not needed.
 * @param cotangents one for each output, or `undefined` for zero.
 */
export function pullBackProgram(
  program: Program,
  inputs: readonly AnyTensor[],
  cotangents: readonly (AnyTensor | undefined)[],
  needed: readonly boolean[],
  known: Known = new Map(),
): (AnyTensor | null)[] {
  const fresh = inputs.map((input, i) => (needed[i] ? alias(input) : input));
  const tape = new Tape(fresh.filter((_, i) => needed[i]));
  const outputs = recordOn(tape, () => rerun(program, fresh, known, tape));
  const reached = outputs.flatMap((output, i) =>
    cotangents[i] === undefined ? [] : [[output, cotangents[i]] as const],
  );
  const sums = pullBack(
    tape,
    reached.map(([output]) => output),
    reached.map(([, cotangent]) => cotangent),
  );
  return fresh.map((input, i) => (needed[i] ? (sums.get(input) ?? zerosLike(input)) : null));
}

/**
 * Tangents of the outputs of a program, `null` for zero.
 * @param tangents one for each input, or `undefined` for zero.
 */
export function pushForwardProgram(
  program: Program,
  inputs: readonly AnyTensor[],
  tangents: readonly (AnyTensor | undefined)[],
): { outputs: readonly AnyTensor[]; tangents: (AnyTensor | null)[] } {
  const moving = inputs.map((input, i) => tangents[i] !== undefined && isFloat(input.dtype));
  const fresh = inputs.map((input, i) => (moving[i] ? alias(input) : input));
  const tape = new Tape(fresh.filter((_, i) => moving[i]));
  const outputs = recordOn(tape, () => program.run(fresh));
  const along = new Map(fresh.flatMap((input, i) => (moving[i] ? [[input, tangents[i]!] as const] : [])));
  const known = pushForward(tape, along);
  return { outputs, tangents: outputs.map((output) => known.get(output) ?? null) };
}

/**
 * Runs a program for a tape, but takes the outputs of some entries as they are known. The tape gets these entries as if they had run; tapes
 * around it know the outputs already, as results of the operation that kept them.
 */
function rerun(program: Program, inputs: readonly AnyTensor[], known: Known, tape: Tape): readonly AnyTensor[] {
  return program.interpret(
    inputs,
    (constant) => constant,
    (entry, own) => {
      const outputs = known.get(entry);
      if (outputs === undefined) return reapply(entry, own);
      tape.add({ ...entry, inputs: own, outputs });
      return outputs;
    },
  );
}

/** Runs a program, and gives what its operations decide: results of integers and bools, and what definitions name as branches. */
export function runDeciding(
  program: Program,
  inputs: readonly AnyTensor[],
): { outputs: AnyTensor[]; decisions: AnyTensor[] } {
  const decisions: AnyTensor[] = [];
  const results = program.interpret(
    inputs,
    (constant) => constant,
    (entry, own) => {
      const outputs = reapply(entry, own);
      const { branches } = entry.operation as OpDef;
      const named = branches?.({ inputs: own, outputs, output: outputs[0]!, attributes: entry.attributes }) ?? [];
      decisions.push(...outputs.filter(({ dtype }) => !isFloat(dtype)), ...named);
      return outputs;
    },
  );
  return { outputs: results, decisions };
}
