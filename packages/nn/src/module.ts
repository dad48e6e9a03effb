import { check, checkFields } from "./check-fields.ts";
import type { Context } from "./context.ts";

/** What a layer does to the last axis: `null` where nothing is known, `"same"` where it stays. */
export interface LastAxis {
  readonly takes: number | null;
  readonly gives: number | "same" | null;
}

const unknownAxis: LastAxis = Object.freeze({ takes: null, gives: null });

/**
 * A model or a part of one: an immutable tree of tensors, keys, other modules and plain values, with a `forward`.
 *
 * Fields are public and readonly, so that trees, immer and checkpoints copy an instance field by field and name its
 * tensors by path (`layers.0.weight`). Tensors of floats are parameters, except those named in a static `buffers`, which
 * gradients and optimizers leave alone. `#private` fields and functions as fields cannot be copied so: `apply`,
 * gradients and optimizers refuse both.
 * @example
 * class Net extends Module {
 *   readonly hidden: Linear;
 *   readonly output: Linear;
 *   constructor(key: Key) {
 *     super();
 *     const [a, b] = splitKey(key) as [Key, Key];
 *     this.hidden = new Linear(2, 20, { key: a });
 *     this.output = new Linear(20, 1, { key: b });
 *   }
 *   forward(x: Tensor, context: Context = evaluation): Tensor {
 *     return this.output.forward(relu(this.hidden.forward(x, context)), context);
 *   }
 * }
 */
export abstract class Module {
  /** Names of fields whose tensors are state that is not trained, such as running means. */
  static readonly buffers: readonly string[] = [];

  /**
   * The module's output. `context` says whether this is evaluation (also when left out) or training; hand it on to the
   * modules inside. What a module takes and gives is its own affair: containers hold `Layer`, of one tensor each.
   */
  abstract forward(x: never, context?: Context): unknown;

  /** What the module does to the last axis of its input, so that containers can check their layers when made. */
  get lastAxis(): LastAxis {
    return unknownAxis;
  }

  static {
    // Immer's own mark, by which core's trees go, too: instances may be copied field by field.
    Object.defineProperty(Module.prototype, Symbol.for("immer-draftable"), { value: true });
    // Core's trees call this for each module that they meet for the first time.
    Object.defineProperty(Module, check, { value: (module: Module) => checkFields(module) });
  }
}
