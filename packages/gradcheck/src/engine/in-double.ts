import { type AnyTensor, cast, type Entry, type OpDef, record, TapegradError } from "@tapegrad/core";
import { rerun } from "./rerun.ts";
import { during, Thrown } from "./runs.ts";
import { type Block, blocksOf, flatten, type Subject } from "./subject.ts";

/** A subject in float64, or as it was, and what was done. */
export interface InDouble {
  readonly subject: Subject;
  readonly note: string | null;
  /** How often the function was run to find out. */
  readonly evaluations: number;
}

type Run = Subject["run"];

const toDouble = (x: AnyTensor): AnyTensor => (x.dtype === "float32" ? (cast(x, "float64") as AnyTensor) : x);

/** How far results may be apart that are one but for the precision that they were computed with, relatively. */
const SINGLE = 1e-3;

/**
 * The same function of float64. Where it closes over tensors of float32, which do not mix with others, its tape is run instead, with those
 * cast too.
 * @throws Thrown what the function throws.
 */
export function inDouble(given: Subject): InDouble {
  if (given.inputs.every(({ dtype }) => dtype === "float64")) return { subject: given, note: null, evaluations: 0 };
  let evaluations = 0;
  const counted =
    (run: Run): Run =>
    (xs) =>
      during(`evaluation ${++evaluations}`, () => run(xs));
  const at = given.at.map(toDouble);
  const paths = given.inputs.map(({ path }: Block) => path);
  const subject = { ...given, inputs: blocksOf(at, paths), at };
  if (isDouble(counted(given.run), at)) {
    return { subject, note: "parameters of float32 were cast to float64", evaluations };
  }
  // A mistake of the function's own, rather than a mixture of dtypes, shows again where it is recorded in float32.
  const single = { ...given, run: counted(given.run) };
  const run = doubleTape(single);
  if (run !== null && isDouble(counted(run), at) && isSame(single, counted(run), at)) {
    const note = "parameters and constants of float32 were cast to float64, on the tape";
    return { subject: { ...subject, run }, note, evaluations };
  }
  const note = "judged in float32, by its bounds: the function could not be run in float64";
  return { subject: given, note, evaluations };
}

/** Whether a function gives float64 for float64; a mixture of dtypes throws. */
function isDouble(run: Run, at: readonly AnyTensor[]): boolean {
  try {
    return run(at).every(({ dtype }) => dtype === "float64");
  } catch (error) {
    if (error instanceof Thrown && error.cause instanceof TapegradError) return false;
    throw error;
  }
}

function isSame({ run, at }: Subject, other: Run, atDouble: readonly AnyTensor[]): boolean {
  const [expected, actual] = [flatten(run(at)), flatten(other(atDouble))];
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.every((value, i) => !(Math.abs(value - actual[i]!) > SINGLE * largest));
}

/** The tape of a function as one of float64; `null` where that cannot be run again, or runs programs of its own. */
function doubleTape({ run, at }: Subject): Run | null {
  const { tape, value } = record(run)(at);
  if (!tape.isReplayable || tape.entries.some(runsPrograms)) return null;
  const constants = new Map<AnyTensor, AnyTensor>();
  const constant = (x: AnyTensor): AnyTensor => {
    const known = constants.get(x) ?? toDouble(x);
    constants.set(x, known);
    return known;
  };
  return (xs) => {
    const known = new Map(tape.inputs.map((input, i) => [input, xs[i]!]));
    const at = (x: AnyTensor): AnyTensor => known.get(x) ?? constant(x);
    for (const entry of tape.entries) {
      const outputs = inDoubleAlone(entry, entry.inputs.map(at));
      for (const [i, output] of entry.outputs.entries()) known.set(output, outputs[i]!);
    }
    return value.map(at);
  };
}

/** Whether an entry runs programs, or functions, of its own. */
export function runsPrograms({ operation, attributes }: Entry): boolean {
  const isProgram = (value: unknown): boolean =>
    typeof value === "object" && value !== null && "entries" in value && "outputs" in value;
  return (operation as OpDef).reapply !== undefined || Object.values(attributes).some(isProgram);
}

/** Runs the operation of an entry, with float64 in place of float32 among its attributes. */
function inDoubleAlone(entry: Entry, inputs: readonly AnyTensor[]): readonly AnyTensor[] {
  const isSingle = (entry.attributes as { readonly dtype?: unknown }).dtype === "float32";
  return rerun(entry, inputs, isSingle ? { ...entry.attributes, dtype: "float64" } : entry.attributes);
}
