import { type AnyTensor, adopt, cast, type OpDef, record, type Tape, TapegradError } from "@tapegrad/core";
import { type Changes, changesBetween, type Decision, decisionsOf, NO_CHANGES } from "./decisions.ts";
import { type Block, blocksOf, flatten, type Subject, tensorOf } from "./subject.ts";

/** What a function gave at a point. */
export interface Sample {
  readonly values: Float64Array;
  readonly isFinite: boolean;
  /** Decisions that were taken otherwise than at the centre. */
  readonly changes: Changes;
}

/** What is checked threw, rather than the check. */
export class Thrown extends Error {
  /** `evaluation 3`, `reverse mode`, ... */
  readonly during: string;

  constructor(during: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.during = during;
  }
}

/** Runs what is not ours. What it throws, but for our own refusals, is something to report. */
export function during<T>(what: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof Thrown || (error instanceof TapegradError && error.operation === "checkGradients"))
      throw error;
    throw new Thrown(what, error);
  }
}

type Run = (xs: readonly AnyTensor[]) => readonly AnyTensor[];

/** A function with a gradient of its own is one entry on a tape, and seen as it is written by a tape further out; nested ones further still. */
const DEEPEST = 3;

/**
 * Evaluates a function around a point, and counts. A function whose tape can be replayed is called no more, unless it turns out to do
 * something else than its tape.
 */
export class Runs {
  /** The function, which counts its calls, and as it was given. */
  readonly subject: Subject;
  readonly given: Subject;
  /** The point: copies, so that a function which writes to its inputs spoils nothing. */
  readonly tensors: readonly AnyTensor[];
  readonly x: Float64Array;
  readonly values: Float64Array;
  readonly outputs: readonly Block[];
  readonly tape: Tape;
  /** The tape, and results on it, of functions with gradients of their own as they are written. */
  readonly written: Pick<Written, "tape" | "value">;
  /** Evaluations so far: calls of the function, by transforms too, and replays of its tape. */
  count = 0;
  /** Whether the function does what its tape does; unknown before the first point beside the centre. */
  #isReplayed: boolean | undefined;
  readonly #replay: Run;
  readonly #depth: number;
  readonly #decisions: readonly Decision[];

  constructor(subject: Subject) {
    this.given = subject;
    this.subject = { ...subject, run: this.#counted("evaluation", subject.run) };
    this.x = flatten(subject.at);
    this.tensors = subject.inputs.map((block) => tensorOf(this.x, block));
    const { value, tape, replay } = record(this.subject.run)(this.tensors);
    this.values = flatten(value);
    this.outputs = blocksOf(value, subject.outputPaths());
    this.tape = tape;
    this.#isReplayed = tape.isReplayable ? undefined : false;
    this.#replay = this.#counted("replay", replay);
    let [depth, seen]: [number, Written] = [1, { tape, value, innermost: tape }];
    while (depth < DEEPEST && seen.tape.entries.some(({ operation }) => (operation as OpDef).reapply !== undefined)) {
      const outer = recorded(this.subject.run, this.tensors, depth + 1);
      if (outer.tape.entries.length === seen.tape.entries.length) break;
      [depth, seen] = [depth + 1, outer];
    }
    this.#depth = depth;
    this.written = seen;
    this.#decisions = decisionsOf(seen.tape, seen.innermost);
  }

  /** Whether points beside the centre are replays of the tape. */
  get isReplayed(): boolean {
    return this.#isReplayed === true;
  }

  /** Whether the function left its inputs as they were. */
  get isUntouched(): boolean {
    return sameValues(flatten(this.tensors), this.x);
  }

  /** Whether the function gives the same values when it is called once more. */
  isRepeatable(): boolean {
    return sameValues(flatten(this.subject.run(this.tensors)), this.values);
  }

  /** The function at x + t·v. */
  sample(t: number, direction: Float64Array): Sample {
    const xs = this.#moved(t, direction);
    if (this.#isReplayed && this.#decisions.length === 0) return this.#sampleOf(this.#replay(xs), NO_CHANGES);
    const { value, tape, innermost } = recorded(this.#isReplayed ? this.#replay : this.subject.run, xs, this.#depth);
    this.#isReplayed ??= sameValues(flatten(value), flatten(this.#replay(xs)));
    return this.#sampleOf(value, changesBetween(this.#decisions, decisionsOf(tape, innermost)));
  }

  #sampleOf(value: readonly AnyTensor[], changes: Changes): Sample {
    const values = flatten(value);
    if (values.length !== this.values.length) {
      throw new Thrown(
        `evaluation ${this.count}`,
        `there are ${values.length} results, and ${this.values.length} before`,
      );
    }
    return { values, isFinite: isAllFinite(values), changes };
  }

  /** The tensors of x + t·v; those that do not move stay the same. */
  #moved(t: number, direction: Float64Array): readonly AnyTensor[] {
    const { x } = this;
    return this.subject.inputs.map((block, i) => {
      const { start, size, shape, dtype } = block;
      if (!isMoved(direction, block)) return this.tensors[i]!;
      const moved = new Float64Array(size);
      for (let j = 0; j < size; j++) moved[j] = x[start + j]! + t * direction[start + j]!;
      return cast(adopt(moved, shape) as AnyTensor, dtype);
    });
  }

  #counted(what: string, run: Run): Run {
    return (xs) => during(`${what} ${++this.count}`, () => run(xs));
  }
}

/** A run as it is written, and the tape that it recorded itself. */
interface Written {
  readonly value: readonly AnyTensor[];
  readonly tape: Tape;
  readonly innermost: Tape;
}

function recorded(run: Run, xs: readonly AnyTensor[], depth: number): Written {
  let innermost: Tape | undefined;
  const within = (inner: readonly AnyTensor[]): readonly AnyTensor[] => {
    const own = recorded(run, inner, depth - 1);
    innermost = own.innermost;
    return own.value;
  };
  const { value, tape } = record(depth === 1 ? run : within)(xs);
  return { value, tape, innermost: innermost ?? tape };
}

/** Whether a direction has anything but zeros within a range. */
export function isMoved(
  direction: Float64Array,
  { start, size }: { readonly start: number; readonly size: number },
): boolean {
  for (let i = start; i < start + size; i++) if (direction[i] !== 0) return true;
  return false;
}

export function isAllFinite(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/** Whether numbers are the same, bit by bit but for NaN. */
export function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
