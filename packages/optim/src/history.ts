import {
  AbstractValueError,
  type AnyTensor,
  ArgumentError,
  abstract,
  checkOptions,
  isTensor,
  Key,
  snapshot,
  treeLeaves,
  treeMap,
} from "@tapegrad/core/functions";
import { applyPatches, enablePatches, freeze, type Patch } from "immer";
import { differences } from "./differences.ts";
import { shown } from "./options.ts";

/** What is kept of a training, and how much. */
export interface HistoryOptions<T> {
  /** Which steps keep their tensors: every n-th (1 if not given), or those that a function chooses. The first does in any case. */
  readonly keep?: number | ((step: number, envelope: T) => boolean);
  /** How many steps keep their tensors at most, 16 if not given: those of the oldest are let go. */
  readonly snapshots?: number;
  /** How many steps are remembered at most, 1000 if not given: the oldest are forgotten. */
  readonly limit?: number;
}

/** A step that is remembered. */
export interface Moment<T> {
  readonly step: number;
  readonly label: string | undefined;
  /** What the step changed, tensors aside. */
  readonly patches: readonly Patch[];
  /** What takes that back. */
  readonly inverse: readonly Patch[];
  /** The envelope with copies of its tensors; `null` where they were not kept, or let go. `recall` hands out copies of these. */
  readonly kept: T | null;
}

/** The steps of a training, as a value: nothing that is done with it changes it. */
export interface History<T> {
  /** Where it stands. The first step is 0. */
  readonly step: number;
  /** The envelope there, with abstract tensors in place of its own. */
  readonly outline: T;
  /** All that is remembered, the oldest first; those after `step` are what `redo` leads to. */
  readonly moments: readonly Moment<T>[];
  readonly options: Required<HistoryOptions<T>>;
}

/**
 * A history that begins with an envelope: a tree of all that a training goes on from, such as `{ model, state, key, cursor }`. Plain data is
 * kept at each step, as immer's patches; tensors at the steps that `keep` says, as copies, so that what was remembered may be handed over
 * to a compiled step afterwards. A tensor that stays the same from step to step is copied once. Plain data of the first envelope is frozen.
 * @throws ArgumentError for options out of range; AbstractValueError for tensors without values; DonatedError for tensors that were handed over.
 * @example
 * let past = history({ w: tensor([1, 2]), rate: 0.1 });
 * past = remember(past, { w: tensor([3, 4]), rate: 0.2 });
 * recall(undo(past)).w.toArray(); // [1, 2]
 * compare(past, 0, 1).values; // [{ path: "rate", from: 0.1, to: 0.2 }]
 */
export function history<T>(envelope: T, options: HistoryOptions<T> = {}): History<T> {
  const complete = completeOptions(options);
  const outline = freeze(outlineOf("history", envelope), true);
  const first = { step: 0, label: undefined, patches: [], inverse: [], kept: keptOf(outline, envelope) };
  return { step: 0, outline, moments: [first], options: complete };
}

/**
 * The history with one more step. Steps that had been undone are forgotten. Where no tensor is new, as after an edit of a hyper-parameter,
 * tensors are kept whatever `keep` says, because they cost nothing.
 * @throws as `history`, and ArgumentError for what is no history.
 * @example
 * const past = remember(history({ cursor: 0 }), { cursor: 32 }, "first batch");
 * past.step; // 1
 * past.moments[1].patches; // [{ op: "replace", path: ["cursor"], value: 32 }]
 */
export function remember<T>(past: History<T>, envelope: T, label?: string): History<T> {
  checkHistory("remember", past);
  if (label !== undefined && typeof label !== "string")
    throw new ArgumentError("remember", `the label is ${shown(label)}`, "give a text, or none");
  const step = past.step + 1;
  const found = differences(past.outline, outlineOf("remember", envelope));
  const patchesTo = (side: "from" | "to"): Patch[] =>
    found.map((difference) => ({ op: "replace", path: [...difference.path], value: difference[side] }));
  const [patches, inverse] = [patchesTo("to"), patchesTo("from")];
  const outline = patched(past.outline, patches);
  const { keep } = past.options;
  const isChosen = typeof keep === "number" ? step % keep === 0 : keep(step, envelope);
  const kept = isChosen || isKnown(envelope) ? keptOf(outline, envelope) : null;
  const before = past.moments.filter((moment) => moment.step <= past.step);
  const moments = bounded([...before, { step, label, patches, inverse, kept }], past.options);
  return { ...past, step, outline, moments };
}

/**
 * The envelope where a history stands: copies, which belong to whoever asks.
 * @throws ArgumentError where its tensors were not kept, naming the nearest steps that kept them.
 * @example
 * recall(history({ w: tensor([1, 2]) })).w.toArray(); // [1, 2]
 */
export function recall<T>(past: History<T>): T {
  checkHistory("recall", past);
  const kept = keptAt("recall", past, past.step);
  const copy = snapshot(kept);
  // So that a tensor which is remembered again, as it was recalled, is not copied once more.
  const own = treeLeaves(copy);
  treeLeaves(kept).forEach(({ value }, i) => void (isTensor(value) && copies.set(own[i]!.value as AnyTensor, value)));
  return copy;
}

/** The envelope of a step, with the tensors that the history holds. */
export function keptAt<T>(by: string, { moments }: History<T>, step: number): T {
  const moment = moments.find((one) => one.step === step);
  const [oldest, newest] = [moments[0]!.step, moments.at(-1)!.step];
  if (moment === undefined)
    throw new ArgumentError(by, `there is no step ${shown(step)}`, `steps ${oldest} to ${newest} are remembered`);
  if (moment.kept !== null) return moment.kept;
  const kept = moments.flatMap((one) => (one.kept === null ? [] : [one.step]));
  const nearest = [kept.findLast((one) => one < step), kept.find((one) => one > step)].filter(
    (one) => one !== undefined,
  );
  const advice =
    nearest.length === 0
      ? "no step kept them: let history keep more, by keep and snapshots"
      : `the nearest with tensors: ${nearest.join(" and ")}. Rewind there and train on, or keep more by keep and snapshots`;
  throw new ArgumentError(by, `the tensors of step ${step} were not kept`, advice);
}

/** What an envelope is at a step, with abstract tensors. */
export function outlineAt<T>(by: string, { moments, outline, step: at }: History<T>, step: number): T {
  if (!moments.some((moment) => moment.step === step)) {
    const [oldest, newest] = [moments[0]!.step, moments.at(-1)!.step];
    throw new ArgumentError(by, `there is no step ${shown(step)}`, `steps ${oldest} to ${newest} are remembered`);
  }
  const between = moments.filter((moment) => moment.step > Math.min(at, step) && moment.step <= Math.max(at, step));
  if (step >= at) return between.reduce((tree, { patches }) => patched(tree, patches), outline);
  return between.reduceRight((tree, { inverse }) => patched(tree, inverse), outline);
}

/** @throws ArgumentError for what is no history. */
export function checkHistory(by: string, past: unknown): void {
  const { moments, options } = (past ?? {}) as Partial<History<unknown>>;
  if (Array.isArray(moments) && typeof options === "object") return;
  throw new ArgumentError(by, "the first argument is no history", "begin one by history({ model, state })");
}

/** Copies of tensors that are still in use: those that stay from step to step are copied once. */
const copies = new WeakMap<AnyTensor, AnyTensor>();

const isKnown = (envelope: unknown): boolean =>
  treeLeaves(envelope).every(({ value }) => value instanceof Key || copies.has(value));

/** An envelope with copies of its tensors, and everything else as the outline has it. */
function keptOf<T>(outline: T, envelope: T): T {
  const copyOf = (own: AnyTensor): AnyTensor => {
    const copy = copies.get(own) ?? snapshot(own);
    copies.set(own, copy);
    return copy;
  };
  return treeMap(outline, ({ value }, own) => (value instanceof Key ? value : copyOf(own as AnyTensor)), envelope) as T;
}

/** An envelope with abstract tensors, and keys of its own. */
function outlineOf<T>(by: string, envelope: T): T {
  return treeMap(envelope, ({ path, value }) => {
    const tensor = value instanceof Key ? value.bits : value;
    if (!tensor.isAbstract) return value instanceof Key ? snapshot(value) : abstract(value.shape, value.dtype);
    const problem = `${path === "" ? "what was given" : path} has no values`;
    throw new AbstractValueError(by, problem, "call it outside of functions that are traced, with what they return");
  }) as T;
}

function patched<T>(tree: T, patches: readonly Patch[]): T {
  // Immer patches nodes only; what replaces the whole may be a value.
  const whole = patches.find(({ path }) => path.length === 0);
  if (whole !== undefined) return freeze(whole.value as T, true);
  // Immer wants this said before patches are used, and takes it any number of times.
  enablePatches();
  return patches.length === 0 ? tree : (applyPatches(tree as object, patches) as T);
}

function bounded<T>(moments: readonly Moment<T>[], { snapshots, limit }: Required<HistoryOptions<T>>): Moment<T>[] {
  const remembered = moments.slice(-Math.min(limit, moments.length));
  let spare = remembered.filter(({ kept }) => kept !== null).length - snapshots;
  return remembered.map((moment) => (moment.kept !== null && spare-- > 0 ? { ...moment, kept: null } : moment));
}

function completeOptions<T>(options: HistoryOptions<T>): Required<HistoryOptions<T>> {
  checkOptions("history", options, "keep", "snapshots", "limit");
  const { keep = 1, snapshots = 16, limit = 1000 } = options;
  const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
  if (typeof keep !== "function" && !isCount(keep))
    throw new ArgumentError("history", `keep is ${shown(keep)}`, "give a whole number above 0, or a function");
  for (const [name, value] of Object.entries({ snapshots, limit })) {
    if (isCount(value) || value === Infinity) continue;
    throw new ArgumentError("history", `${name} is ${shown(value)}`, "give a whole number above 0, or Infinity");
  }
  return { keep, snapshots, limit };
}
