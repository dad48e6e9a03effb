import { checkOptions, foldIn, isChecked, key as keyOf, type OpDef } from "@tapegrad/core";
import { checkGradients } from "./check-gradients.ts";
import type { Call } from "./check-sample.ts";
import type { GradientReport, Verdict } from "./gradient-report.ts";
import { argumentFor } from "./kill-rate-arguments.ts";
import { callsAt, type SampleCall, SIZES, type Size } from "./kill-rate-calls.ts";
import { agreement, compare, generator } from "./kill-rate-equivalence.ts";
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

/** A mutant that is no other rule. */
export interface Equivalent {
  readonly operation: string;
  readonly mutation: Mutation;
  /** `same numbers` on all inputs that were tried, or the argument. */
  readonly because: string;
}

/**
 * Plants mistakes in the gradient rules of every operation of a namespace, one at a time, and counts how many `checkGradients` finds at the
 * operation's own samples, brought to two sizes: one check for each, at the first sample that makes a difference. An inconclusive one finds nothing. A mutant that is not found counts as equivalent if its
 * derivatives are those of the original on many inputs, edges included, to the last bit; or up to rounding, if an argument is written down.
 * @throws ArgumentError for unknown options.
 * @example
 * killRate({ exp }, { every: 5 }).total[0].survived; // 0
 */
export function killRate(namespace: Readonly<Record<string, unknown>>, options: KillRateOptions = {}): KillReport {
  checkOptions("killRate", options, "sizes", "every", "inputs", "seed");
  const { sizes = Object.keys(SIZES) as Size[], every = 1, inputs = 10_000, seed = 1 } = options;
  const operations: OperationKills[] = [];
  const survivors: Survivor[] = [];
  const equivalents: Equivalent[] = [];
  const alarms: string[] = [];
  let found = 0;
  for (const op of Object.values(namespace)) {
    const definition = isChecked(op) ? definitionOf(op) : undefined;
    const mutations = mutationsOf(op).filter(() => found++ % every === 0);
    if (definition === undefined || mutations.length === 0) continue;
    const { name } = definition;
    const tallies = [emptyTally(), emptyTally()] as const;
    const grounds = sizes.map((size) => new HuntingGround(op as Call, definition, size, seed));
    for (const mutation of mutations) {
      const mutant = mutateRule(op as Call, mutation);
      const tally = tallies[mutation.order - 1]!;
      const missed = grounds.flatMap((ground) => {
        const verdict = ground.hunt(mutant, mutation);
        return verdict === "fail" ? [] : [{ operation: name, mutation, size: ground.size, verdict }];
      });
      tally.planted += sizes.length;
      tally.killed += sizes.length - missed.length;
      if (missed.length === 0) continue;
      const agreed = agreement(op as Call, mutant, definition, mutation, inputs);
      const because = agreed === "up to rounding" ? argumentFor(name, mutation)?.because : agreed;
      if (because !== undefined && agreed !== "different" && agreed !== "throws") {
        equivalents.push({ operation: name, mutation, because });
        tally.equivalent += missed.length;
      } else {
        tally.survived += missed.length;
        survivors.push(...missed);
      }
    }
    operations.push({ operation: name, orders: tallies });
    alarms.push(...grounds.flatMap((ground) => ground.alarms));
  }
  const total = (order: 0 | 1): Tally => operations.map(({ orders }) => orders[order]).reduce(sumOf, emptyTally());
  return { operations, total: [total(0), total(1)], survivors, equivalents, alarms };
}

/** How often the samples of an operation are drawn anew for a mutant that gives the same derivatives: it may differ for some arguments only. */
const ROUNDS = 4;

/** The calls of one operation at one size, on which its mutants are checked. */
class HuntingGround {
  readonly size: Size;
  /** Calls for which the operation as it is fails: what kills a mutant there is no skill. */
  readonly alarms: string[] = [];
  readonly #run: Call;
  readonly #random = generator(1);
  readonly #round: (round: number) => readonly SampleCall[];
  readonly #rounds = new Map<number, readonly SampleCall[]>();

  constructor(run: Call, definition: OpDef, size: Size, seed: number) {
    this.size = size;
    this.#run = run;
    this.#round = (round) =>
      callsAt(run, definition, size, foldIn(keyOf(seed), round)).filter((call, i) => {
        const { verdict } = verdictOf(run, call, 2);
        if (verdict === "fail") this.alarms.push(`${definition.name}, ${size}, round ${round}, call ${i}`);
        return verdict !== "fail";
      });
  }

  /** What the check says of a mutant, at the first of the calls for which its derivatives differ from the original's. */
  hunt(mutant: Call, mutation: Mutation): Verdict | "not different" {
    let refused: SampleCall | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const calls = this.#rounds.get(round) ?? this.#round(round);
      this.#rounds.set(round, calls);
      for (const call of calls) {
        const compared = compare(this.#run, mutant, call.drawn.args, mutation, this.#random);
        if (compared === "different") return verdictOf(mutant, call, mutation.order).verdict;
        // A gradient of the wrong shape needs no check to be seen: better one of the right shape.
        if (compared === "throws") refused ??= call;
      }
    }
    return refused === undefined ? "not different" : verdictOf(mutant, refused, mutation.order).verdict;
  }
}

function verdictOf(run: Call, call: SampleCall, order: 1 | 2): GradientReport {
  return checkGradients(call.of(run), call.drawn.floats, { order, explain: false });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const emptyTally = (): Mutable<Tally> => ({ planted: 0, equivalent: 0, killed: 0, survived: 0 });

const sumOf = (a: Tally, b: Tally): Tally => ({
  planted: a.planted + b.planted,
  equivalent: a.equivalent + b.equivalent,
  killed: a.killed + b.killed,
  survived: a.survived + b.survived,
});
