import { ArgumentError, checkOptions, Key, key as keyOf } from "@tapegrad/core";
import type { Mode } from "./engine/context.ts";

export interface CheckOptions {
  /** Highest order of derivatives, 1 if not given. */
  readonly order?: 1 | 2;
  /**
   * Random directions over all parameters at once, six evaluations each: if not given 2, and 1 where the function is large. Or each element
   * by itself, six evaluations per element.
   */
  readonly directions?: number | "elementwise";
  /** References that must agree: difference quotients, forward mode and reverse mode; all three if not given. Order 2 takes reverse mode. */
  readonly modes?: readonly Mode[];
  /** Paths of parameters that stay constants, such as `["layers.0"]`. (Keys in the tree always do: masks are the same throughout.) */
  readonly frozen?: readonly string[];
  /** Evaluations of the function after which nothing more is looked for, 1000 if not given. */
  readonly budget?: number;
  /** Random numbers of the check: a key, or a seed; 1 if not given. */
  readonly key?: Key | number;
  /** Cotangents of the results, in the structure of what the function returns; drawn if not given. */
  readonly cotangents?: unknown;
  /** A gradient to be judged in place of `grad`'s, in the structure of the argument, of a function that returns a scalar. */
  readonly gradient?: unknown;
  /** `"float64"` (the default) casts parameters of float32, and judges them by finer bounds; `"given"` computes with what there is. */
  readonly dtype?: "float64" | "given";
  /** Whether to look for the place and the kind of a mistake, yes if not given. */
  readonly explain?: boolean;
}

/** Options with nothing left out. */
export interface CompleteOptions {
  readonly order: 1 | 2;
  /** As many as fit the size of the function if `null`. */
  readonly directions: number | "elementwise" | null;
  readonly modes: ReadonlySet<Mode>;
  readonly frozen: readonly string[];
  readonly budget: number;
  readonly key: Key;
  readonly cotangents: unknown;
  readonly gradient: unknown;
  readonly dtype: "float64" | "given";
  readonly explain: boolean;
}

const MODES: readonly Mode[] = ["numeric", "forward", "reverse"];

/** @throws ArgumentError for an unknown option, or one with a value that it does not take. */
export function completeOptions(name: string, options: CheckOptions): CompleteOptions {
  checkOptions(
    name,
    options,
    "order",
    "directions",
    "modes",
    "frozen",
    "budget",
    "key",
    "cotangents",
    "gradient",
    "dtype",
    "explain",
  );
  const { order = 1, directions = null, modes, frozen = [], budget = 1000, key = 1, dtype = "float64" } = options;
  const refuse = (option: string, value: unknown, advice: string): never => {
    // JSON has no NaN and no infinities.
    const shown = typeof value === "number" ? String(value) : JSON.stringify(value);
    throw new ArgumentError(name, `${option} is ${shown}`, advice);
  };
  if (order !== 1 && order !== 2) refuse("order", order, "give 1 or 2");
  if (
    typeof directions === "number"
      ? !(Number.isInteger(directions) && directions > 0)
      : directions !== "elementwise" && directions !== null
  )
    refuse("directions", directions, 'give a whole number above 0, or "elementwise"');
  if (typeof key !== "number" && !(key instanceof Key)) refuse("key", key, "give a key, or a seed");
  if (!(budget > 0)) refuse("budget", budget, "give a number of evaluations");
  if (dtype !== "float64" && dtype !== "given") refuse("dtype", dtype, 'give "float64" or "given"');
  const gradient = options.gradient ?? null;
  // A gradient that is given has no forward mode.
  const used = modes ?? (gradient === null ? MODES : MODES.filter((mode) => mode !== "forward"));
  const isRepeated = new Set(used).size < used.length;
  if (used.length < 2 || isRepeated || used.some((mode) => !MODES.includes(mode)))
    refuse("modes", used, `give two or three of ${MODES.join(", ")}`);
  if (gradient !== null && (order === 2 || used.includes("forward") || options.cotangents !== undefined))
    refuse("gradient", "given", "leave out order, forward mode and cotangents: there is a gradient only");
  if (order === 2 && !used.includes("reverse"))
    refuse("modes", used, "give reverse too: order 2 is about the derivatives of its pull-back");
  return {
    order,
    directions,
    modes: new Set(used),
    frozen,
    budget,
    key: typeof key === "number" ? keyOf(key) : key,
    cotangents: options.cotangents ?? null,
    gradient,
    dtype,
    explain: options.explain ?? true,
  };
}
