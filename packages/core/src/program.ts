import { apply, type OpDef, type TensorSpec } from "./op.ts";
import type { Entry } from "./tape.ts";
import type { AnyTensor } from "./tensor.ts";

/** What can be printed, drawn and counted: a tape, or a program. */
export interface Listing {
  readonly inputs: readonly AnyTensor[];
  readonly entries: readonly Entry[];
  /** Of a program. */
  readonly outputs?: readonly AnyTensor[];
}

/** Where each tensor of a program stands among its values. */
interface Step {
  readonly entry: Entry;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Values that no later step and no output of the program uses. */
  readonly lastUsed: readonly number[];
}

/**
 * A function as data: entries in order of execution, on tensors that stand for values given later. A tensor that is neither an input nor
 * made by an entry is a constant. Operations that run functions of their own (`scan`, `cond`, ...) hold programs among their attributes.
 */
export class Program {
  readonly inputs: readonly AnyTensor[];
  readonly entries: readonly Entry[];
  readonly outputs: readonly AnyTensor[];
  /** One for each value: a constant, or `undefined` for what is to be computed. */
  readonly #constants: readonly (AnyTensor | undefined)[];
  readonly #steps: readonly Step[];
  readonly #results: readonly number[];

  constructor(inputs: readonly AnyTensor[], entries: readonly Entry[], outputs: readonly AnyTensor[]) {
    this.inputs = inputs;
    this.entries = entries;
    this.outputs = outputs;
    const places = new Map<AnyTensor, number>();
    const constants: (AnyTensor | undefined)[] = [];
    const placeOf = (tensor: AnyTensor, constant: AnyTensor | undefined): number => {
      let place = places.get(tensor);
      if (place === undefined) {
        place = constants.push(constant) - 1;
        places.set(tensor, place);
      }
      return place;
    };
    for (const input of inputs) {
      places.set(input, constants.push(undefined) - 1);
    }
    const steps = entries.map((entry) => ({
      entry,
      inputs: entry.inputs.map((tensor) => placeOf(tensor, tensor)),
      outputs: entry.outputs.map((tensor) => placeOf(tensor, undefined)),
    }));
    this.#results = outputs.map((tensor) => placeOf(tensor, tensor));
    this.#constants = constants;
    const needed = new Set(this.#results);
    const withUses: Step[] = [];
    for (const step of steps.toReversed()) {
      const lastUsed = [...new Set([...step.inputs, ...step.outputs])].filter((place) => !needed.has(place));
      for (const place of lastUsed) needed.add(place);
      withUses.push({ ...step, lastUsed });
    }
    this.#steps = withUses.reverse();
  }

  /** What the program gives for other inputs; its operations are recorded like any others. */
  run(inputs: readonly AnyTensor[]): AnyTensor[] {
    return this.interpret(inputs, (constant) => constant, reapply);
  }

  /**
   * Runs the program on values of any kind.
   * @param lift makes a value of a constant.
   * @param step runs an entry: from the values of its inputs to those of its outputs.
   */
  interpret<T>(
    inputs: readonly T[],
    lift: (constant: AnyTensor) => T,
    step: (entry: Entry, inputs: readonly T[]) => readonly T[],
  ): T[] {
    const values: (T | undefined)[] = this.#constants.map((constant) =>
      constant === undefined ? undefined : lift(constant),
    );
    for (let i = 0; i < inputs.length; i++) values[i] = inputs[i];
    const at = (place: number): T => values[place] as T;
    for (const { entry, inputs: from, outputs: to, lastUsed } of this.#steps) {
      const made = step(entry, from.map(at));
      for (let i = 0; i < to.length; i++) values[to[i]!] = made[i];
      // Let go of what is not used again: a long program must not hold every value.
      for (let i = 0; i < lastUsed.length; i++) values[lastUsed[i]!] = undefined;
    }
    return this.#results.map(at);
  }
}

/** Runs the operation of an entry for other inputs. */
export function reapply(entry: Entry, inputs: readonly AnyTensor[]): readonly AnyTensor[] {
  const definition = entry.operation as OpDef;
  if (definition.reapply) return definition.reapply(inputs, entry.attributes);
  return asArray(apply(definition, inputs, entry.attributes));
}

/** What an operation gives, as several results. */
export const asArray = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** The programs among the attributes of an operation, by the names of the attributes. */
export function programsOf(attributes: object): [name: string, program: Program][] {
  return Object.entries(attributes).filter((pair): pair is [string, Program] => pair[1] instanceof Program);
}

/** Shapes and dtypes of tensors. */
export const specsOf = (tensors: readonly AnyTensor[]): TensorSpec[] =>
  tensors.map(({ shape, dtype }) => ({ shape, dtype }));
