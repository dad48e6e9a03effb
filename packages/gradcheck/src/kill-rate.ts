import { ArgumentError, checkOptions, isChecked } from "@tapegrad/core";
import type { Call } from "./check-sample.ts";
import type { Verdict } from "./gradient-report.ts";
import { SIZES, type Size } from "./kill-rate-calls.ts";
import { agreement } from "./kill-rate-equivalence.ts";
import { MutantTester } from "./mutant-tester.ts";
import { mutationsOf } from "./mutate-list.ts";
import { definitionOf, type Mutation, mutateRule } from "./mutate-rule.ts";

export interface KillRateOptions {
  /** Sizes that samples are brought to, both if not given. */
  readonly sizes?: readonly Size[];
  /** Every how many-th mutation is planted, each if not given: a sample of them for quick tests. */
  readonly every?: number;
  /** On how many inputs a mutant must be the same as the original to count as no mutant at all, 10,000 if not given. */
  readonly inputs?: number;
  /** Seed of all random numbers, 1 if not given. */
  readonly seed?: number;
}

/** How many mutants of one order there were, and what became of them. */
export interface Tally {
  readonly planted: number;
  /** Not different from the original. */
  readonly equivalent: number;
  readonly killed: number;
  readonly survived: number;
}

/** What became of the mutants of one operation. */
export interface OperationKills {
  readonly operation: string;
  readonly orders: readonly [first: Tally, second: Tally];
}

export interface Survivor {
  readonly operation: string;
  readonly mutation: Mutation;
  readonly size: Size;
  /** What the check said in place of "fail"; `not different` where all calls gave the derivatives of the original. */
  readonly verdict: Verdict | "not different";
}

export interface KillReport {
  readonly operations: readonly OperationKills[];
  readonly total: readonly [first: Tally, second: Tally];
  readonly survivors: readonly Survivor[];
  readonly equivalents: readonly Equivalent[];
  /** Calls for which an operation fails the check as it is. Mutants are not checked on them. */
  readonly alarms: readonly string[];
}

/** A mutant that is no other rule: its derivatives are the same to the last bit. */
export interface Equivalent {
  readonly operation: string;
  readonly mutation: Mutation;
  /** On how many inputs. */
  readonly inputs: number;
}

/**
 * Plants mistakes in the gradient rules of every operation of a namespace, one at a time, and counts how many `checkGradients` finds at the
 * operation's own samples, brought to two sizes: one check for each, at the first sample that makes a difference. An inconclusive one finds
 * nothing. A mutant that is not found counts as equivalent if its derivatives are those of the original on many inputs, edges included, to
 * the last bit.
 * @throws ArgumentError for unknown options, sizes or numbers, and for a namespace without a gradient rule: that nothing survived would say
 * nothing.
 * @example
 * killRate({ exp }, { every: 5 }).total[0].survived; // 0
 */
export function killRate(namespace: Readonly<Record<string, unknown>>, options: KillRateOptions = {}): KillReport {
  checkOptions("killRate", options, "sizes", "every", "inputs", "seed");
  const { sizes = Object.keys(SIZES) as Size[], every = 1, inputs = 10_000, seed = 1 } = options;
  const unknown = sizes.find((size) => !Object.hasOwn(SIZES, size));
  if (unknown !== undefined) {
    throw new ArgumentError(
      "killRate",
      `there is no size ${JSON.stringify(unknown)}`,
      `use ${Object.keys(SIZES).join(" or ")}`,
    );
  }
  for (const [name, value] of Object.entries({ every, inputs })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ArgumentError("killRate", `${name} is ${value}`, "give a whole number of 1 or more");
    }
  }
  const operations: OperationKills[] = [];
  const survivors: Survivor[] = [];
  const equivalents: Equivalent[] = [];
  const alarms: string[] = [];
  let found = 0;
  for (const op of Object.values(namespace)) {
    const definition = isChecked(op) ? definitionOf(op) : undefined;
    const mutations = mutationsOf(op, seed).filter(() => found++ % every === 0);
    if (definition === undefined || mutations.length === 0) continue;
    const { name } = definition;
    const tallies = [emptyTally(), emptyTally()] as const;
    const testers = sizes.map((size) => new MutantTester(op as Call, definition, size, seed));
    for (const mutation of mutations) {
      const mutant = mutateRule(op as Call, mutation);
      const tally = tallies[mutation.order - 1]!;
      const missed = testers.flatMap((tester) => {
        const verdict = tester.verdictFor(mutant, mutation);
        return verdict === "fail" ? [] : [{ operation: name, mutation, size: tester.size, verdict }];
      });
      tally.planted += sizes.length;
      tally.killed += sizes.length - missed.length;
      if (missed.length === 0) continue;
      if (agreement(op as Call, mutant, definition, mutation, { inputs, seed }) === "same numbers") {
        equivalents.push({ operation: name, mutation, inputs });
        tally.equivalent += missed.length;
      } else {
        tally.survived += missed.length;
        survivors.push(...missed);
      }
    }
    operations.push({ operation: name, orders: tallies });
    alarms.push(...testers.flatMap((tester) => tester.alarms));
  }
  if (operations.length === 0) {
    const names = Object.keys(namespace).join(", ") || "nothing";
    throw new ArgumentError(
      "killRate",
      `no mistake could be planted in ${names}`,
      "give operations with gradient rules, and a smaller every",
    );
  }
  const total = (order: 0 | 1): Tally => operations.map(({ orders }) => orders[order]).reduce(sumOf, emptyTally());
  return { operations, total: [total(0), total(1)], survivors, equivalents, alarms };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const emptyTally = (): Mutable<Tally> => ({ planted: 0, equivalent: 0, killed: 0, survived: 0 });

const sumOf = (a: Tally, b: Tally): Tally => ({
  planted: a.planted + b.planted,
  equivalent: a.equivalent + b.equivalent,
  killed: a.killed + b.killed,
  survived: a.survived + b.survived,
});
