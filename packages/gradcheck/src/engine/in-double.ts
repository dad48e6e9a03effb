import { type AnyTensor, cast, type Entry, type OpDef, Program, record, TapegradError, zeros } from "@tapegrad/core";
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
  const note = `judged in float32, by its bounds: the function could not be run in float64${REMEDY}`;
  return { subject: given, note, evaluations };
}

/** What a function with a gradient of its own closes over stands on no tape. */
const REMEDY = "; give data that it closes over in the dtype of its argument, or put it in the tree";

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

/** The tape of a function as one of float64; `null` where that cannot be run again, or runs functions of its own. */
function doubleTape({ run, at }: Subject): Run | null {
  const { tape, value } = record(run)(at);
  if (!tape.isReplayable || tape.entries.some(runsFunctions)) return null;
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

const runsFunctions = ({ operation }: Entry): boolean => (operation as OpDef).reapply !== undefined;

/** Runs the operation of an entry, with float64 in place of float32 among its attributes, and in its programs. */
function inDoubleAlone(entry: Entry, inputs: readonly AnyTensor[]): readonly AnyTensor[] {
  const changed = Object.entries(entry.attributes).map(([name, value]: [string, unknown]) => {
    if (name === "dtype" && value === "float32") return [name, "float64"];
    return [name, value instanceof Program ? programInDouble(value) : value];
  });
  return rerun(entry, inputs, Object.fromEntries(changed));
}

const programs = new WeakMap<Program, Program>();

/** A program with constants of float64, and the same operations; what its values are does not matter. */
function programInDouble(program: Program): Program {
  const known = programs.get(program);
  if (known !== undefined) return known;
  // A loop may not end for other values.
  const refused = program.entries.find((entry) => runsFunctions(entry) || entry.operation.name === "whileLoop");
  if (refused !== undefined) {
    throw new TapegradError(refused.operation.name, "a program with it was not run in float64");
  }
  const run = (xs: readonly AnyTensor[]): readonly AnyTensor[] => program.interpret(xs, toDouble, inDoubleAlone);
  const at = program.inputs.map(({ shape, dtype }) => toDouble(zeros([...shape], { dtype }) as AnyTensor));
  const { tape, value } = record(run)(at);
  const double = new Program(tape.inputs, tape.entries, value);
  programs.set(program, double);
  return double;
}
