import { type AnyTensor, ArgumentError, checkOptions, foldIn, Key } from "@tapegrad/core/functions";
import { modulePaths } from "./check-module.ts";
import { type Context, during, type Running } from "./context.ts";
import type { Demand, Input, InputVerdict, Output } from "./layer-types.ts";
import { Module } from "./module.ts";
import { ModuleError } from "./module-error.ts";
import { pathHash } from "./path-hash.ts";

export interface ApplyOptions {
  /** Draws come from it; giving one means training. */
  readonly key?: Key | undefined;
  /** Whether dropout drops and statistics are those of the batch; if not given, whether there is a key. */
  readonly training?: boolean;
}

/** Next values of buffers, by path. */
export type Updates = Readonly<Record<string, AnyTensor>>;

export interface Applied<Out> {
  readonly output: Out;
  /** What `withUpdates` takes; empty in evaluation. */
  readonly updates: Updates;
}

/**
 * Runs a model, in training if a key is given, else in evaluation. Pure: the same model, input and key give the same
 * output, and the model does not change; new values of buffers come back as `updates`.
 *
 * Each module's key is the given one with the FNV-1a hash of the module's path folded in (for its n-th draw, of
 * `path#n`). A part of a model that is run on its own, as under `checkpoint`, is applied itself:
 * `apply(this.block, x, { key: context.keyOf(this.block) })`. What `forward` takes besides x and the context, as the lengths of
 * sequences or a mask, is handed on by a module of your own, whose x is all of it: `forward({ x, lengths }, context)`.
 * @throws ModuleError for a module that cannot be copied (see `checkModule`), or that trains otherwise than it evaluates
 * and was given no context in training; ArgumentError for what is no module or no such option; whatever `forward` throws.
 * @example
 * const model = new Sequential(new Linear(2, 3, { key: key(0) }), new Dropout(0.8));
 * const { output } = apply(model, ones([5, 2]), { key: key(1) });
 */
export function apply<M extends Module, X extends Input<M>>(
  model: M,
  x: X & Demand<InputVerdict<M, X>>,
  options: ApplyOptions = {},
): Applied<Output<M, X>> {
  checkArguments(model, options);
  const { key, training = key !== undefined } = options;
  const run = new Run(modulePaths(model), training, key);
  const output = during(run, () => model.forward(x as never, run)) as Output<M, X>;
  return { output, updates: run.updates };
}

function checkArguments(model: Module, options: ApplyOptions): void {
  if (!(model instanceof Module)) throw new ArgumentError("apply", "the model is no module", "extend Module");
  const advice = "give one, as in apply(model, x, { key: key(0) })";
  if (options instanceof Key) throw new ArgumentError("apply", "the options are a key", advice);
  const known = ["key", "training"];
  const other = Object.keys(options ?? {}).find((name) => !known.includes(name));
  if (other !== undefined) {
    const advice = "hand on what else forward takes by a module of your own, whose x is { x, lengths }";
    throw new ArgumentError("apply", `there is no option "${other}"`, `use ${known.join(", ")}; ${advice}`);
  }
  checkOptions("apply", options, ...known);
  const { key, training } = options;
  if (key !== undefined && !(key instanceof Key)) throw new ArgumentError("apply", `${show(key)} is no key`, advice);
  if (training !== undefined && typeof training !== "boolean") {
    throw new ArgumentError("apply", `training is ${show(training)}`, "give true or false");
  }
}

const show = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

/** The context of one call of `apply`. */
class Run implements Context, Running {
  readonly training: boolean;
  readonly updates: Record<string, AnyTensor> = {};
  readonly #paths: ReadonlyMap<Module, string>;
  readonly #key: Key | undefined;
  readonly #draws = new Map<Module, number>();
  readonly #hashes = new Map<number, string>();

  constructor(paths: ReadonlyMap<Module, string>, training: boolean, key: Key | undefined) {
    this.#paths = paths;
    this.training = training;
    this.#key = key;
  }

  keyOf(module: Module): Key {
    const path = this.#knownPathOf(module);
    if (!this.training || this.#key === undefined) {
      const problem = this.training ? "there is no key to draw from" : "there is no key in evaluation";
      throw new ModuleError(this.nameOf(module), problem, "give one, as in apply(model, x, { key })");
    }
    const draw = this.#draws.get(module) ?? 0;
    this.#draws.set(module, draw + 1);
    return foldIn(this.#key, this.#hashOf(draw === 0 ? path : `${path}#${draw}`));
  }

  /** A hash that no other name in this call has: should two names ever collide, the later one takes the next number. */
  #hashOf(name: string): number {
    let hash = pathHash(name);
    while (this.#hashes.has(hash)) hash = (hash + 1) >>> 0;
    this.#hashes.set(hash, name);
    return hash;
  }

  update(module: Module, values: Readonly<Record<string, AnyTensor>>): void {
    const path = this.#knownPathOf(module);
    if (!this.training) {
      throw new ModuleError(this.nameOf(module), "buffers stay in evaluation", "update them if context.training");
    }
    for (const [name, value] of Object.entries(values)) this.updates[path === "" ? name : `${path}.${name}`] = value;
  }

  pathOf(module: Module): string | undefined {
    return this.#paths.get(module);
  }

  nameOf(module: Module): string {
    const path = this.#paths.get(module);
    return path === undefined || path === "" ? module.constructor.name : `${module.constructor.name} at ${path}`;
  }

  #knownPathOf(module: Module): string {
    const path = this.#paths.get(module);
    if (path !== undefined) return path;
    throw new ModuleError(
      module.constructor.name,
      "this instance is not part of the model given to apply: it was made or copied during forward",
      "apply it itself, with a key from a module that is",
    );
  }
}
