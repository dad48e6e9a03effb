import { foldIn, key as keyOf, type OpDef } from "@tapegrad/core";
import { checkGradients } from "./check-gradients.ts";
import type { Call } from "./check-sample.ts";
import type { Verdict } from "./gradient-report.ts";
import { callsAt, type SampleCall, type Size } from "./kill-rate-calls.ts";
import { compare, generator } from "./kill-rate-equivalence.ts";
import type { Mutation } from "./mutate-rule.ts";

/** How often the samples of an operation are drawn anew for a mutant that gives the same derivatives: it may differ for some arguments only. */
const ROUNDS = 4;

/** Checks mutants of one operation on its sample calls of one size. */
export class MutantTester {
  readonly size: Size;
  /** Calls for which the operation as it is fails: what kills a mutant there is no skill. */
  readonly alarms: string[] = [];
  readonly #run: Call;
  readonly #definition: OpDef;
  readonly #seed: number;
  readonly #random: () => number;
  readonly #rounds = new Map<number, readonly SampleCall[]>();

  constructor(run: Call, definition: OpDef, size: Size, seed: number) {
    this.size = size;
    this.#run = run;
    this.#definition = definition;
    this.#seed = seed;
    this.#random = generator(seed);
  }

  /** What the check says of a mutant, at the first of the calls for which its derivatives differ from the original's. */
  verdictFor(mutant: Call, mutation: Mutation): Verdict | "not different" {
    let refused: SampleCall | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      for (const call of this.#callsOf(round)) {
        const compared = compare(this.#run, mutant, call.drawn.args, mutation, this.#random);
        if (compared === "different") return this.#check(mutant, call, mutation.order);
        // A gradient of the wrong shape needs no check to be seen: better one of the right shape.
        if (compared === "throws") refused ??= call;
      }
    }
    return refused === undefined ? "not different" : this.#check(mutant, refused, mutation.order);
  }

  /** The calls of a round, without those for which the operation as it is fails. */
  #callsOf(round: number): readonly SampleCall[] {
    const known = this.#rounds.get(round);
    if (known !== undefined) return known;
    const all = callsAt(this.#run, this.#definition, this.size, foldIn(keyOf(this.#seed), round));
    const calls = all.filter((call, i) => {
      const isRight = this.#check(this.#run, call, 2) !== "fail";
      if (!isRight) this.alarms.push(`${this.#definition.name}, ${this.size}, round ${round}, call ${i}`);
      return isRight;
    });
    this.#rounds.set(round, calls);
    return calls;
  }

  #check(run: Call, call: SampleCall, order: 1 | 2): Verdict {
    return checkGradients(call.of(run), call.drawn.floats, { order, key: this.#seed, explain: false }).verdict;
  }
}
