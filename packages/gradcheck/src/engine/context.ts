import { foldIn, type Key } from "@tapegrad/core";
import type { Kink, Problem } from "../gradient-report.ts";
import { positionOf } from "../position-of.ts";
import type { Change } from "./decisions.ts";
import { type Precision, precisionOf, scalesOf } from "./directions.ts";
import type { Line } from "./line.ts";
import { measureAt } from "./measure.ts";
import { NoiseMeter } from "./noise.ts";
import type { Runs } from "./runs.ts";
import type { Block } from "./subject.ts";

/** Ways to a derivative: difference quotients, push-forward, pull-back. */
export type Mode = "numeric" | "forward" | "reverse";

/** Elements of the point and on its tape up to which no evaluation is worth sparing. */
const SMALL = 2 ** 14;

/** What the parts of one examination share: where it is, what is known, and what was found. */
export class Context {
  readonly runs: Runs;
  readonly modes: ReadonlySet<Mode>;
  /** Evaluations at which the search for places and causes ends. */
  readonly budget: number;
  readonly precision: Precision;
  readonly scales: Float64Array;
  readonly noise: NoiseMeter;
  readonly kinks: Omit<Kink, "order">[] = [];
  /** Elements of the point that lie on kinks: directions leave them where they are. */
  readonly tied: Set<number> = new Set();
  readonly problems: Problem[] = [];
  /** Cotangents of the results, and the gradients of reverse mode for each. */
  cotangents: readonly Float64Array[] = [];
  gradients: readonly Float64Array[] = [];
  /** Whether there are more of them than can be looked for. */
  isCrowded = false;
  /** The step that the next line begins with: kinks that were met once will be met again. */
  step: number;
  /** Whether elements are moved by their own sizes only: those of their blocks have turned out to be too far. */
  isOwnSized = false;
  /** Whether forward mode has been asked, which is enough where it takes long; unset where each direction counts. */
  hasPushed = false;
  /** Whether a mistake has been looked at twice already. */
  hasConfirmed = false;
  /** Lines beside others, at other steps. */
  readonly #others = new WeakMap<Line, Map<number, Line | null>>();
  readonly #key: Key;
  #drawn = 0;

  constructor(runs: Runs, modes: ReadonlySet<Mode>, budget: number, key: Key) {
    this.runs = runs;
    this.modes = modes;
    this.budget = budget;
    this.precision = precisionOf([...runs.subject.inputs, ...runs.outputs]);
    this.scales = scalesOf(runs.x, runs.subject.inputs);
    this.noise = new NoiseMeter(runs.values, this.precision.unit, runs.subject.sizes);
    this.step = this.precision.step;
    this.#key = key;
  }

  /** A key that was not handed out before. */
  nextKey(): Key {
    return foldIn(this.#key, this.#drawn++);
  }

  /** Whether checks that are mostly for the sake of completeness would take long. */
  get isLarge(): boolean {
    let size = this.runs.x.length;
    for (const { outputs } of this.runs.tape.entries) for (const output of outputs) size += output.size;
    return size > SMALL;
  }

  /** Whether so many more evaluations are within the budget. */
  affords(evaluations: number): boolean {
    return this.runs.count + evaluations <= this.budget;
  }

  /** Makes a cotangent the first one. */
  focus(cotangent: number): void {
    const first = <T>(all: readonly T[]): T[] => [...all.slice(cotangent), ...all.slice(0, cotangent)];
    this.cotangents = first(this.cotangents);
    this.gradients = first(this.gradients);
  }

  report(problem: Problem): void {
    if (!this.problems.some(({ message }) => message === problem.message)) this.problems.push(problem);
  }

  /** The line in the same direction at another step; `null` where it meets a kink. */
  otherStep(line: Line, step: number): Line | null {
    const others = this.#others.get(line) ?? new Map<number, Line | null>();
    this.#others.set(line, others);
    const known = others.get(step);
    if (known !== undefined) return known;
    const other = measureAt(this.runs, line.direction, step);
    others.set(step, other);
    return other;
  }

  /** `layers.0.weight[3, 1]` for an element of the point. */
  nameOf(coordinate: number): string {
    const block = this.blockOf(coordinate);
    return elementName(block.path, positionOf(coordinate - block.start, block.shape));
  }

  blockOf(coordinate: number): Block {
    return this.runs.subject.inputs.find(({ start, size }) => coordinate < start + size) as Block;
  }

  meet(changes: readonly Change[], isTie: boolean): void {
    for (const { entry, operation, index } of changes) {
      const place = `${entry} ${index}`;
      const before = this.kinks.findIndex((kink) => `${kink.entry} ${kink.index}` === place);
      if (before === -1) this.kinks.push({ entry, operation, index, isTie });
      else if (isTie) this.kinks[before] = { entry, operation, index, isTie };
    }
  }
}

/** `layers.0.weight[3, 1]`; a scalar has no index. */
export function elementName(path: string, index: readonly number[]): string {
  return `${path || "the argument"}${index.length > 0 ? `[${index.join(", ")}]` : ""}`;
}
