import type { AnyTensor, Key } from "@tapegrad/core/functions";
import { produce } from "immer";

type Atom = AnyTensor | Key | ((...args: never[]) => unknown) | string | number | boolean | symbol | bigint;

/** A tree whose fields may be written; tensors and keys are values, to be replaced as a whole. */
export type Editable<T> = unknown extends T
  ? T
  : T extends Atom | null | undefined
    ? T
    : { -readonly [K in keyof T]: Editable<T[K]> };

/**
 * The tree after an edit: immer's `produce`, whose draft has types in which tensors are values. Works for models, states
 * and any other tree; what was not touched stays the same object.
 * @example
 * const model = { body: new Linear(2, 20, { key: key(0) }), head: new Linear(20, 1, { key: key(1) }) };
 * const next = edit(model, (draft) => {
 *   draft.head = new Linear(20, 5, { key: key(2) });
 * });
 */
export function edit<T>(tree: T, recipe: (draft: Editable<T>) => void): T {
  return produce(tree, (draft) => void recipe(draft as unknown as Editable<T>));
}
