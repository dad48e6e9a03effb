import { type AnyTensor, type Entry, isFloat, type OpDef } from "@tapegrad/core";
import type { Culprit } from "../gradient-report.ts";
import type { Context } from "./context.ts";
import { type Examination, type ExamineOptions, examine } from "./examine.ts";
import { rerun } from "./rerun.ts";
import { secondOrderOf } from "./second-order.ts";
import { blocksOf, type Subject } from "./subject.ts";

/** Entries of a tape that are looked at one by one, and evaluations that one may take. */
const MOST = 400;
const EVALUATIONS = 200;
/** Elements up to which the kind of a mistake is looked for once more. */
const SMALL = 2 ** 14;

/**
 * Checks each operation of a tape by itself, at the values that it was given.
 * @param order of the derivatives that were found to be wrong.
 */
export function blame(context: Context, order: 1 | 2): Culprit[] {
  const { tape } = context.runs;
  const options: ExamineOptions = {
    directions: 1,
    modes: context.modes,
    budget: EVALUATIONS,
    key: context.nextKey(),
    explain: false,
    cotangents: null,
    gradient: null,
  };
  return tape.entries.slice(0, MOST).flatMap((entry, i) => {
    const moved = [...entry.inputs.keys()].filter((j) => isMovable(entry.inputs[j]!) && tape.watches(entry.inputs[j]!));
    // What is constant on purpose, as stopGradient, has no gradient, and is no mistake.
    if (moved.length === 0 || !entry.outputs.some(isMovable) || (entry.operation as OpDef).constant) return [];
    const explain = entry.outputs.every(({ size }) => size <= SMALL);
    const wrong = wrongIn(alone(entry, moved), { ...options, explain }, order);
    if (wrong === null) return [];
    const { position, diagnosis } = wrong;
    return [{ entry: i, operation: entry.operation.name, argument: moved[position] ?? null, diagnosis }];
  });
}

const isMovable = ({ dtype, size }: AnyTensor): boolean => isFloat(dtype) && size > 0;

/** An entry as a function of some of its inputs. */
function alone(entry: Entry, moved: readonly number[]): Subject {
  const at = moved.map((j) => entry.inputs[j]!);
  const smooth = entry.outputs.map(isMovable);
  return {
    inputs: blocksOf(at, moved.map(String)),
    at,
    run: (xs) => {
      const inputs = [...entry.inputs];
      for (const [i, j] of moved.entries()) inputs[j] = xs[i]!;
      return rerun(entry, inputs).filter((_, i) => smooth[i]);
    },
    outputPaths: () => smooth.flatMap((is, i) => (is ? [String(i)] : [])),
  };
}

interface Wrong {
  /** Among the inputs of a function; beyond them are cotangents. */
  readonly position: number;
  readonly diagnosis: string | null;
}

/** The first input of a function by which its derivatives are wrong. */
function wrongIn(subject: Subject, options: ExamineOptions, order: 1 | 2): Wrong | null {
  const firstOf = ({ findings }: Examination): Wrong | null => {
    const position = findings.findIndex(({ wrong }) => wrong !== null);
    return position === -1 ? null : { position, diagnosis: findings[position]!.diagnosis };
  };
  const first = examine(subject, options);
  const wrong = firstOf(first);
  if (wrong !== null || order === 1 || first.context.problems.length > 0) return wrong;
  return firstOf(examine(secondOrderOf(first), options));
}
