import { ArgumentError } from "@tapegrad/core/functions";
import { checkHistory, type History, keptAt, outlineAt } from "./history.ts";

/**
 * The history at another step, before or after, to be recalled from there. All steps stay remembered until another one is.
 * @throws ArgumentError for a step that there is not, or whose tensors were not kept, naming the nearest that were.
 * @example
 * const past = remember(remember(history({ cursor: 0 }), { cursor: 1 }), { cursor: 2 });
 * recall(rewind(past, 1)).cursor; // 1
 */
export function rewind<T>(past: History<T>, step: number): History<T> {
  checkHistory("rewind", past);
  return moved("rewind", past, step);
}

/**
 * The history one step before.
 * @throws ArgumentError as `rewind`, and when there is nothing before.
 * @example
 * recall(undo(remember(history({ cursor: 0 }), { cursor: 1 }))).cursor; // 0
 */
export function undo<T>(past: History<T>): History<T> {
  checkHistory("undo", past);
  if (past.step === past.moments[0]!.step)
    throw new ArgumentError("undo", "there is nothing to undo", `step ${past.step} is the oldest that is remembered`);
  return moved("undo", past, past.step - 1);
}

/**
 * The history one step after, where one was undone.
 * @throws ArgumentError as `rewind`, and when nothing was undone.
 * @example
 * recall(redo(undo(remember(history({ cursor: 0 }), { cursor: 1 })))).cursor; // 1
 */
export function redo<T>(past: History<T>): History<T> {
  checkHistory("redo", past);
  if (past.step === past.moments.at(-1)!.step)
    throw new ArgumentError("redo", "there is nothing to redo", `step ${past.step} is the last`);
  return moved("redo", past, past.step + 1);
}

/**
 * Another history with the same past up to a step, and its own future.
 * @throws ArgumentError as `rewind`.
 * @example
 * const past = remember(history({ rate: 0.1 }), { rate: 0.2 });
 * const other = remember(fork(past, 0), { rate: 0.5 });
 * [recall(past).rate, recall(other).rate]; // [0.2, 0.5]
 */
export function fork<T>(past: History<T>, step: number): History<T> {
  checkHistory("fork", past);
  const there = moved("fork", past, step);
  return { ...there, moments: there.moments.filter((moment) => moment.step <= step) };
}

function moved<T>(by: string, past: History<T>, step: number): History<T> {
  keptAt(by, past, step);
  return { ...past, step, outline: outlineAt(by, past, step) };
}
