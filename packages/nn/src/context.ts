import { type AnyTensor, ArgumentError, type Key } from "@tapegrad/core/functions";
import type { Module } from "./module.ts";
import { ModuleError } from "./module-error.ts";

/** What a module knows of the call that it is part of. */
export interface Context {
  /** Whether dropout drops and statistics are those of the batch. */
  readonly training: boolean;

  /**
   * A key for a module's own draws: it depends on the key given to `apply`, on the module's path, and on how often the
   * module asked before, so that no two modules and no two calls share one.
   * @throws ModuleError in evaluation, without a key, or for a module that is not part of the model.
   */
  keyOf(module: Module): Key;

  /**
   * Hands over the next values of a module's buffers; `withUpdates` puts them into the model.
   * @param values by the names of the buffers; paths such as `norm.runningMean` for those of a module inside.
   * @throws ModuleError in evaluation, or for a module that is not part of the model.
   */
  update(module: Module, values: Readonly<Record<string, AnyTensor>>): void;

  /** What errors call a module: `Linear at layers.2`, or the class alone where no path is known. */
  nameOf(module: Module): string;
}

/**
 * Evaluation: nothing is drawn, no buffer changes. What `forward` takes when it is given no context.
 * @example
 * new Dropout(0.5).forward(tensor([1, 2]), evaluation).toArray(); // [1, 2]
 */
export const evaluation: Context = Object.freeze({
  training: false,
  keyOf(module: Module): never {
    throw new ModuleError(module.constructor.name, "there is no key in evaluation", "ask for it if context.training");
  },
  update(module: Module): never {
    throw new ModuleError(module.constructor.name, "buffers stay in evaluation", "update them if context.training");
  },
  nameOf: (module: Module) => module.constructor.name,
});

/** A call of `apply` that is under way, as seen by the modules that it runs. */
export interface Running {
  readonly training: boolean;
  /** Where a module stands in the applied model, `undefined` for one that is not part of it. */
  pathOf(module: Module): string | undefined;
}

let running: Running | undefined;

/** Runs `forward` as a part of a call of `apply`. */
export function during<T>(run: Running, forward: () => T): T {
  const outer = running;
  running = run;
  try {
    return forward();
  } finally {
    running = outer;
  }
}

/**
 * Whether a module is to behave as in training: `context.training`, but with an error where a context was forgotten on
 * the way, so that the module would evaluate inside a training `apply`. To evaluate a part in training on purpose, apply
 * it: `apply(this.teacher, x)`.
 * @throws ModuleError for a context that was not handed on; ArgumentError for what is no context.
 * @example
 * isTraining(new Dropout(0.5), evaluation); // false
 */
export function isTraining(module: Module, context: Context): boolean {
  checkContext(module, context);
  if (context === evaluation && running?.training === true) {
    const path = running.pathOf(module);
    if (path !== undefined) {
      const { name } = module.constructor;
      throw new ModuleError(
        path === "" ? name : `${name} at ${path}`,
        "it ran in evaluation inside a training apply",
        `hand the context on, as in this.${fieldOf(path)}.forward(x, context)`,
      );
    }
  }
  return context.training;
}

/** The end of a path as the class that holds the module writes it: `layers[0]` for `body.layers.0`. */
const fieldOf = (path: string): string => {
  const [, field = "part", index] = /([^.]+?)(?:\.(\d+))?$/.exec(path) ?? [];
  return index === undefined ? field : `${field}[${index}]`;
};

/** @throws ArgumentError for what is no context, such as the options of `apply`. */
export function checkContext(module: Module, context: Context): void {
  if (typeof context?.training === "boolean" && typeof context.keyOf === "function") return;
  throw new ArgumentError(
    module.constructor.name,
    "the second argument of forward is no context",
    "to train, call apply(model, x, { key }); in a module of your own, hand its context on",
  );
}
