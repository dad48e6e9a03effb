import type { AnyTensor, Key } from "@tapegrad/core/functions";
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
