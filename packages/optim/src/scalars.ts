import type { Scalars } from "./rule.ts";
import type { OptimizerState } from "./state.ts";
import { partsOf, type Timed, type Transformation } from "./transformation.ts";

/** Scalars of most parameters, and of those that differ (by group, or because they rested). */
export interface ScalarsByPath<T = Scalars> {
  readonly common: T;
  readonly byPath: Readonly<Record<string, T>>;
}

/** The scalars of one step: those of the rule, and those of the transformations by their names in the slots. */
export interface StepScalars extends ScalarsByPath {
  readonly chain?: Readonly<Record<string, ScalarsByPath<Timed>>>;
}

/** The scalars of the parts of a chain at the next step. */
export function scalarsOfChain(
  chain: readonly Transformation[],
  state: OptimizerState,
): Readonly<Record<string, ScalarsByPath<Timed>>> {
  const all: Record<string, ScalarsByPath<Timed>> = {};
  for (const { part, hyper, slot } of partsOf(chain, state)) {
    const at = (rested: number): Timed => part.scalars?.(hyper, state.step + 1 - rested, state.pending) ?? {};
    const byPath = Object.entries(state.rested).map(([path, rested]) => [path, at(rested)] as const);
    all[slot] = { common: at(0), byPath: Object.fromEntries(byPath) };
  }
  return all;
}
