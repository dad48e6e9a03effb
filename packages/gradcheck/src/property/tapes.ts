import * as core from "@tapegrad/core";
import { ArgumentError, adopt, checkOptions, isChecked, sizeOf } from "@tapegrad/core";
import fc from "fast-check";
import type { Operation, Place, TapeNode } from "./plan-tape.ts";
import { RandomTape } from "./random-tape.ts";
import { shrinkTape } from "./shrink-tape.ts";

export interface TapesOptions {
  /** A namespace of operations and composites, each of which has samples; all of core's if not given. */
  readonly operations?: Readonly<Record<string, unknown>>;
  /** The module that a printed test imports them from, `./operations.ts` if not given. */
  readonly from?: string;
  /** Fewest operations, 1 if not given. */
  readonly minNodes?: number;
  /** Most operations, 8 if not given. */
  readonly maxNodes?: number;
  /** Most inputs, 3 if not given. */
  readonly maxInputs?: number;
}

/**
 * Programs that mix the operations of a namespace: each runs one of its samples, whose float64 draws are fed from earlier values. One
 * value goes to several operations, and several values to one. They shrink to fewer operations, smaller shapes, round values and
 * one element of the result, and print themselves as tests.
 * @throws ArgumentError for a namespace without operations that have samples.
 * @example
 * fc.assert(fc.property(tapes(), (tape) => isTensor(tape.f(tape.at))), { numRuns: 20 });
 */
export function tapes(options: TapesOptions = {}): fc.Arbitrary<RandomTape> {
  checkOptions("tapes", options, "operations", "from", "minNodes", "maxNodes", "maxInputs");
  const namespace = options.operations ?? core;
  // By name: runners order the exports of a module differently, and a seed must give the same tapes in all of them.
  const operations = Object.entries(namespace)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, op]) => (isChecked(op) && op.definition.samples.length > 0 ? [op as Operation] : []));
  if (operations.length === 0) {
    throw new ArgumentError(
      "tapes",
      `there is no operation with samples among ${Object.keys(namespace).join(", ") || "nothing"}`,
      "give operations made by defineOp, defineUnary, defineBinary or defineComposite",
    );
  }
  return new Tapes(operations, options);
}

class Tapes extends fc.Arbitrary<RandomTape> {
  readonly #operations: readonly Operation[];
  readonly #from: string;
  readonly #nodes: readonly [min: number, max: number];
  readonly #maxInputs: number;

  constructor(operations: readonly Operation[], options: TapesOptions) {
    super();
    const { from = "./operations.ts", minNodes = 1, maxNodes = Math.max(8, minNodes), maxInputs = 3 } = options;
    this.#operations = operations;
    this.#from = from;
    this.#nodes = [minNodes, maxNodes];
    this.#maxInputs = maxInputs;
  }

  override generate(random: fc.Random): fc.Value<RandomTape> {
    const count = random.nextInt(1, this.#maxInputs);
    const program = {
      inputs: Array.from({ length: count }, () => randomInput(random)),
      nodes: Array.from({ length: random.nextInt(...this.#nodes) }, (_, i) => this.#node(random, i, count)),
      outputs: random.nextInt(0, 2) === 0 ? [[random.nextInt(0, MANY), random.nextInt(0, MANY)] as const] : [],
      seed: random.nextInt(0, SEEDS),
    };
    return new fc.Value(new RandomTape(program, this.#from), undefined);
  }

  #node(random: fc.Random, position: number, inputs: number): TapeNode {
    // The result of the first operation: the one that all tapes reuse.
    const reused: Place = [inputs, 0];
    const place = (): Place => {
      const choice = random.nextInt(0, 9);
      if (choice === 0) return reused;
      return [choice < 5 ? -1 : choice < 7 ? -2 : random.nextInt(0, MANY), random.nextInt(0, MANY)];
    };
    const [first, ...others] = [place(), place(), place(), place()];
    // Every fifth operation gets one value in all its places.
    const sources = random.nextInt(0, 4) === 0 ? [first!] : [first!, ...others];
    return {
      operation: this.#operations[random.nextInt(0, this.#operations.length - 1)]!,
      sample: random.nextInt(0, MANY),
      sources: position === 1 || position === 2 ? sources.with(0, reused) : sources,
      seed: random.nextInt(0, SEEDS),
    };
  }

  override canShrinkWithoutContext(value: unknown): value is RandomTape {
    return value instanceof RandomTape;
  }

  override shrink(tape: RandomTape): fc.Stream<fc.Value<RandomTape>> {
    return fc.stream(shrinkTape(tape)).map((smaller) => new fc.Value(smaller, undefined));
  }
}

/** More than there are samples of an operation, or values on a tape: counted modulo those. */
const MANY = 999;
const SEEDS = 2 ** 31 - 1;

/** Shapes that samples have, so that inputs often fit as they are. */
const SHAPES = [[2, 3], [3], [2, 2], [4], [2, 1], []] as const;

/** Numbers with four decimals in [−1, 1] without 0, where many operations have their kinks. */
function randomInput(random: fc.Random): core.AnyTensor {
  const shape = SHAPES[random.nextInt(0, SHAPES.length - 1)]!;
  const value = () => (random.nextInt(100, 10_000) * (random.nextInt(0, 1) === 0 ? 1 : -1)) / 10_000;
  return adopt(Float64Array.from({ length: sizeOf(shape) }, value), shape);
}
