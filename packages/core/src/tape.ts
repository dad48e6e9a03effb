import { GradientError, ReplayError } from "./errors.ts";
import { type AnyTensor, observeReads } from "./tensor.ts";

/** What a tape knows of an operation. The definition proper (`OpDef`) is above the tape. */
export interface Operation {
  readonly name: string;
}

/** One operation as it was executed: the tensors it took and gave, not copies of them. */
export interface Entry {
  readonly operation: Operation;
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly AnyTensor[];
  readonly attributes: object;
}

/**
 * A tape is a program: the operations that depend on its inputs, in order of execution. While it is active every such
 * operation is added; what does not depend on the inputs is a constant to it.
 */
export class Tape {
  readonly inputs: readonly AnyTensor[];
  readonly entries: Entry[] = [];
  readonly #watched: Set<AnyTensor>;
  #read: string | null = null;
  /** Whether outer tapes do not see what this one records: it will be run again, for them too. */
  readonly isTrace: boolean;

  constructor(inputs: readonly AnyTensor[], { isTrace = false }: { readonly isTrace?: boolean } = {}) {
    this.inputs = inputs;
    this.isTrace = isTrace;
    this.#watched = new Set(inputs);
  }

  /** Whether `tensor` is an input of the tape or depends on one. */
  watches(tensor: AnyTensor): boolean {
    return this.#watched.has(tensor);
  }

  watchesAny(tensors: readonly AnyTensor[]): boolean {
    for (let i = 0; i < tensors.length; i++) if (this.#watched.has(tensors[i]!)) return true;
    return false;
  }

  /** @internal Adds an entry whose inputs the tape watches, or ignores it. Whether outer tapes must not have it. */
  add(entry: Entry): boolean {
    if (!this.watchesAny(entry.inputs)) return false;
    this.entries.push(entry);
    for (const output of entry.outputs) this.#watched.add(output);
    return this.isTrace;
  }

  /** Whether the program is the same for other values: no value of a watched tensor was read while it was recorded. */
  get isReplayable(): boolean {
    return this.#read === null;
  }

  /** @throws ReplayError when a value was read while the tape was recorded, with the place in the user's code. */
  assertReplayable(): void {
    if (this.#read !== null) {
      throw new ReplayError("replay", this.#read, "select with where(...) instead of branching on a value");
    }
  }

  /** @internal */
  noteRead(by: string): void {
    this.#read ??= `the function called ${by}() on a tensor that depends on its inputs${callSite()}`;
  }
}

/** The tapes that are recording, outermost first. */
const active: Tape[] = [];

/** Tapes that stand still while a function with a rule of its own runs, and the tensors which that function was given. */
const paused: { readonly tape: Tape; readonly given: readonly AnyTensor[] }[] = [];

export function isRecording(): boolean {
  return active.length > 0 || paused.length > 0;
}

/** Puts an executed operation onto every active tape that watches one of its inputs. */
export function record(entry: Entry): void {
  for (const { tape, given } of paused) {
    if (!entry.inputs.some((input) => tape.watches(input) && !given.includes(input))) continue;
    throw new GradientError(
      "customGradient",
      `the function closes over a tensor that is being differentiated, and gives it to ${entry.operation.name}`,
      "pass the tensor as an argument, or through stopGradient before",
    );
  }
  // From the innermost tape outwards, up to a trace that takes the entry for itself.
  for (let i = active.length - 1; i >= 0; i--) if (active[i]!.add(entry)) return;
}

/** Runs `body` while `tape` records. */
export function recordOn<T>(tape: Tape, body: () => T): T {
  const depth = active.length;
  active.push(tape);
  try {
    return body();
  } finally {
    active.length = depth;
  }
}

/** Runs `body` while no tape records: what an operation calls to compute its own result is not part of a program. */
export function unrecorded<T>(body: () => T): T {
  const [recording, stopped] = [active.splice(0), paused.splice(0)];
  try {
    return body();
  } finally {
    active.push(...recording);
    paused.push(...stopped);
  }
}

/** Whether an active tape watches a tensor. */
export function isWatched(tensor: AnyTensor): boolean {
  return active.some((tape) => tape.watches(tensor));
}

/**
 * Runs `body` with one tape paused. Of what the tape watches, the body may use the tensors that it is given.
 * @throws GradientError when it uses another: the tape would take that for a constant.
 */
export function withPaused<T>(tape: Tape, given: readonly AnyTensor[], body: () => T): T {
  const position = active.indexOf(tape);
  active.splice(position, 1);
  paused.push({ tape, given });
  try {
    return body();
  } finally {
    paused.pop();
    active.splice(position, 0, tape);
  }
}

/** The innermost active tape that watches one of `tensors`. */
export function innermostWatching(tensors: readonly AnyTensor[]): Tape | undefined {
  return active.findLast((tape) => tape.watchesAny(tensors));
}

observeReads((tensor, by) => {
  for (const tape of active) if (tape.watches(tensor)) tape.noteRead(by);
});

declare global {
  /** The part of `import.meta` that every engine has; the library itself needs no environment's types. */
  interface ImportMeta {
    url: string;
  }
}

/** How many frames to look through: operations within programs lie deep below the user's call. */
const DEPTH = 100;

/** Where the engine limits how many frames an error tells, as many as that. */
function stackOf(): string {
  const engine = Error as { stackTraceLimit?: number };
  const before = engine.stackTraceLimit;
  engine.stackTraceLimit = DEPTH;
  const stack = new Error().stack ?? "";
  if (before !== undefined) engine.stackTraceLimit = before;
  return stack;
}

/** ` (at file:line:column)` of the nearest frame outside this package, where the engine gives one. */
export function callSite(): string {
  const frames = stackOf().split("\n").slice(1);
  const here = import.meta.url.replace(/^file:\/\//, "").replace(/[^/]*$/, "");
  const frame = frames.find((line) => !line.includes(here) && !line.includes("node:internal"));
  return frame === undefined ? "" : ` (${frame.trim()})`;
}
