import { AnomalyError, ArgumentError } from "./errors.ts";
import { checkOptions } from "./options.ts";
import { showShape } from "./shape.ts";
import { callSite, type Entry } from "./tape.ts";
import { type AnyTensor, isConcrete, storageOf, unobservedly } from "./tensor.ts";

export interface AnomalyOptions {
  /** Whether infinities are anomalies too, not only NaN; `true` if not given. */
  readonly infinities?: boolean;
}

/** The detection that is under way. */
class Detection {
  readonly infinities: boolean;
  /** Where each tensor was computed in the user's code: the reverse sweep runs somewhere else. */
  readonly sites = new WeakMap<AnyTensor, string>();

  constructor({ infinities = true }: AnomalyOptions) {
    this.infinities = infinities;
  }
}

/** Of operations that run within a rule only the rule's result counts: it may multiply an infinity by a strong zero. */
let current: { readonly detection: Detection; readonly withinRule: boolean } | null = null;

function within<T>(next: typeof current, body: () => T): T {
  const before = current;
  current = next;
  try {
    return body();
  } finally {
    current = before;
  }
}

/** @internal Whether results have to be shown to `checkResult` and `checkRule`. */
export const isDetecting = (): boolean => current !== null;

/** @internal @throws AnomalyError when an operation made a NaN of no NaN, or an infinity of finite values. */
export function checkResult({ operation, inputs, outputs }: Entry): void {
  if (current === null || current.withinRule) return;
  const { detection } = current;
  const site = callSite();
  for (const output of outputs) detection.sites.set(output, site);
  const found = anomaly(detection, inputs, outputs);
  if (found !== null) throw new AnomalyError(operation.name, `it made ${found}${site}`, advice(inputs));
}

/** @internal Runs the rule of an entry. @throws AnomalyError when it makes a NaN of no NaN, or an infinity of finite values. */
export function checkRule<T extends AnyTensor | null | undefined>(
  direction: "pull-back" | "push-forward",
  { operation, inputs, outputs }: Entry,
  given: readonly (AnyTensor | undefined)[],
  rule: () => readonly T[],
): readonly T[] {
  if (current === null) return rule();
  const { detection } = current;
  const made = within({ detection, withinRule: true }, rule);
  const received = given.filter((tensor) => tensor !== undefined);
  const found = anomaly(detection, [...received, ...outputs], made.filter((tensor) => tensor != null) as AnyTensor[]);
  if (found === null) return made;
  const site = detection.sites.get(outputs[0]!) ?? "";
  throw new AnomalyError(operation.name, `its ${direction} made ${found}${site}`, advice(inputs));
}

/** The first value that is worse than all given, in words. */
function anomaly({ infinities }: Detection, given: readonly AnyTensor[], made: readonly AnyTensor[]): string | null {
  const before = Math.max(0, ...given.map((tensor) => worst(tensor).rank));
  for (const tensor of made) {
    const { rank, index } = worst(tensor);
    if (rank <= before || (rank === 1 && !infinities)) continue;
    const value = unobservedly(() => storageOf(tensor)[index]!);
    return `${value} in element ${index} of ${showShape(tensor.shape)}`;
  }
  return null;
}

/** 2 for NaN, 1 for an infinity, 0 for finite values, and where the first of these is. */
function worst(tensor: AnyTensor): { rank: 0 | 1 | 2; index: number } {
  let found: { rank: 0 | 1 | 2; index: number } = { rank: 0, index: 0 };
  if (!isConcrete(tensor)) return found;
  const values = unobservedly(() => storageOf(tensor));
  for (let index = 0; index < values.length; index++) {
    if (Number.isNaN(values[index]!)) return { rank: 2, index };
    if (found.rank === 0 && !Number.isFinite(values[index]!)) found = { rank: 1, index };
  }
  return found;
}

const advice = (inputs: readonly AnyTensor[]): string =>
  `its inputs were ${inputs.map(describe).join(" and ")}: keep them within the operation's domain`;

/** Dtype, shape and range of a tensor. */
function describe(tensor: AnyTensor): string {
  const values = isConcrete(tensor) ? unobservedly(() => storageOf(tensor)) : [];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) [low, high] = [Math.min(low, values[i]!), Math.max(high, values[i]!)];
  const range = values.length === 0 ? "" : ` from ${low} to ${high}`;
  return `${tensor.dtype} ${showShape(tensor.shape)}${range}`;
}

/**
 * A function that stops at the first operation which makes a NaN of values that are none, or an infinity of finite ones, and names it with
 * its place in your code: forward, in a pull-back (with the place of the operation that is pulled back), and in a push-forward. Every
 * operation's result is read, so that it is for debugging.
 * @throws AnomalyError at the first anomaly; ArgumentError when f is no function, or returns a promise.
 * @example
 * detectAnomalies((x: Tensor) => sqrt(x))(tensor([4])).toArray(); // [2]
 */
export function detectAnomalies<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  options: AnomalyOptions = {},
): (...args: Args) => Out {
  if (typeof f !== "function") {
    throw new ArgumentError("detectAnomalies", `the argument is of type ${typeof f}`, "give a function");
  }
  checkOptions("detectAnomalies", options, "infinities");
  return (...args) => {
    const result = within({ detection: new Detection(options), withinRule: false }, () => f(...args));
    if (result instanceof Promise) {
      throw new ArgumentError("detectAnomalies", "the function returned a promise", "give one that runs at once");
    }
    return result;
  };
}
