import type { Mutation } from "./mutate-rule.ts";

/** Why a mutated rule is no other rule, though its numbers differ by rounding, or on none of the inputs that were tried. */
export interface Argument extends Partial<Mutation> {
  readonly operation: string;
  readonly because: string;
}

export const ARGUMENTS: readonly Argument[] = [];

/** The argument for a mutation, if there is one. */
export function argumentFor(operation: string, mutation: Mutation): Argument | undefined {
  return ARGUMENTS.find(({ because: _, operation: name, ...wanted }) => {
    return (
      name === operation &&
      Object.entries(wanted).every(([field, value]) => mutation[field as keyof Mutation] === value)
    );
  });
}
