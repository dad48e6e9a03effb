import type { AnyTensor } from "@tapegrad/core";
import fc from "fast-check";
import { evaluateTensor } from "./expression.ts";
import { type Plan, planTape, type TapeProgram } from "./plan-tape.ts";
import { printTape } from "./print-tape.ts";

/**
 * A program of operations of core, or of another namespace: a function of tensors of float64, smooth at its inputs and
 * near them.
 */
export class RandomTape {
  /** The inputs: tensors of float64. */
  readonly at: readonly AnyTensor[];
  /** The names of its operations, in order of execution; the ones between them, which fit one's result to the next, are left out. */
  readonly operations: readonly string[];
  /** @internal */
  readonly program: TapeProgram;
  /** @internal */
  readonly plan: Plan;
  readonly #from: string;

  /** @internal Use `tapes()`. */
  constructor(program: TapeProgram, from: string) {
    this.at = program.inputs;
    this.operations = program.nodes.map(({ operation }) => operation.definition.name);
    this.program = program;
    this.plan = planTape(program);
    this.#from = from;
    // How fast-check prints a counterexample.
    Object.defineProperty(this, fc.toStringMethod, { value: () => `\n${this}` });
  }

  /** The results for inputs of the same shapes; the one element that a tape has been shrunk to. */
  readonly run = (inputs: readonly AnyTensor[]): AnyTensor[] => {
    if (this.program.element !== undefined) return [this.f(inputs)];
    const variables = this.#variablesFor(inputs);
    return this.plan.outputs.map(({ term }) => evaluateTensor(term, variables));
  };

  /** The results summed up with fixed weights: a scalar. */
  readonly f = (inputs: readonly AnyTensor[]): AnyTensor => evaluateTensor(this.plan.loss, this.#variablesFor(inputs));

  #variablesFor(inputs: readonly AnyTensor[]): unknown[] {
    const variables: unknown[] = [...inputs];
    for (const line of this.plan.lines) variables.push(evaluateTensor(line, variables));
    return variables;
  }

  /** A test of the gradient of `f`, to be pasted. */
  toString(): string {
    return printTape(this.at, this.plan, this.operations, this.#from);
  }

  /** The same with another program. @internal */
  with(program: TapeProgram): RandomTape {
    return new RandomTape(program, this.#from);
  }
}
