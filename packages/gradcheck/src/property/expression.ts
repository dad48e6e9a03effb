import { type AnyTensor, treeAt } from "@tapegrad/core";
import type { Call } from "../check-sample.ts";
import { mapLeaves } from "../sample-arguments.ts";

/** A variable of a straight-line program, or what stands at a path in it. */
export class Variable {
  readonly index: number;
  /** `1` in an array of results, `output` in an object; empty for the variable itself. */
  readonly path: string;

  constructor(index: number, path = "") {
    this.index = index;
    this.path = path;
  }
}

/** A call whose arguments are variables, other expressions, or constants, in arrays and plain objects at any depth. */
export class Expression {
  readonly name: string;
  readonly call: Call;
  readonly args: readonly unknown[];

  constructor(name: string, call: unknown, args: readonly unknown[]) {
    this.name = name;
    this.call = call as Call;
    this.args = args;
  }
}

/** What an expression or a variable is when the variables are these. */
export function evaluate(term: Expression | Variable, variables: readonly unknown[]): unknown {
  if (term instanceof Variable) {
    const value = variables[term.index];
    return term.path === "" ? value : treeAt(value, term.path);
  }
  const args = mapLeaves(term.args, (leaf) => (isTerm(leaf) ? evaluate(leaf, variables) : leaf)) as unknown[];
  return term.call(...args);
}

export function evaluateTensor(term: Expression | Variable, variables: readonly unknown[]): AnyTensor {
  return evaluate(term, variables) as AnyTensor;
}

export function isTerm(value: unknown): value is Expression | Variable {
  return value instanceof Expression || value instanceof Variable;
}
