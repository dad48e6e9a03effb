import type { Entry } from "../tape.ts";
import type { AnyTensor } from "../tensor.ts";
import { type Group, reducedRow } from "./fusion.ts";

/**
 * When the entries of a group are computed. Places are run through more than once where a sum over them is needed for others: softmax finds
 * the largest in a first run, sums exponentials in a second, and divides in a third.
 */
export class GroupSchedule {
  readonly group: Group;
  /** Places of the innermost loop, and how often it runs. */
  readonly inner: number;
  readonly rows: number;
  /** Whether the group is one loop over places, without rows: chunks are then of places. */
  readonly isFlat: boolean;
  /** Whether sums are over all places. */
  readonly isWhole: boolean;
  /** The last run through the places. */
  readonly last: number;
  /** Where values are kept from one run to a later one, in scratch memory of so many bytes. */
  readonly kept: ReadonlyMap<AnyTensor, number>;
  readonly keptBytes: number;
  readonly madeBy: ReadonlyMap<AnyTensor, Entry>;
  readonly #isResult: (tensor: AnyTensor) => boolean;
  /** From which run on a value is there: those of rows before it, those of places within it. */
  readonly #runs = new Map<AnyTensor, number>();

  constructor(group: Group, isResult: (tensor: AnyTensor) => boolean) {
    this.group = group;
    this.#isResult = isResult;
    const loops = group.loops;
    this.inner = loops[0]!;
    this.rows = group.places / this.inner;
    this.isWhole = group.row === group.places;
    this.isFlat = loops.length === 1 && (group.row === 0 || this.isWhole);
    this.madeBy = new Map(group.entries.map((entry) => [entry.outputs[0]!, entry]));
    this.#findRuns();
    this.last = Math.max(...group.entries.map((entry) => this.runOf(entry)));
    [this.kept, this.keptBytes] = this.#valuesToKeep();
  }

  #findRuns(): void {
    for (const entry of this.group.entries) {
      const from = Math.max(0, ...entry.inputs.map((input) => this.#runs.get(input) ?? 0));
      this.#runs.set(entry.outputs[0]!, reducedRow(entry) === null ? from : from + 1);
    }
    // What only later runs use is computed there, rather than kept.
    for (const entry of this.group.entries.toReversed()) {
      const output = entry.outputs[0]!;
      if (!this.isFull(output) || this.#isResult(output)) continue;
      const users = this.group.entries.filter(({ inputs }) => inputs.includes(output));
      if (users.length === 0) continue;
      this.#runs.set(output, Math.max(this.#runs.get(output)!, Math.min(...users.map((user) => this.runOf(user)))));
    }
  }

  isFull(tensor: AnyTensor): boolean {
    return this.group.levels.get(tensor) === "full";
  }

  /** The run in which an entry is computed: a sum is ready after its own. */
  runOf(entry: Entry): number {
    const run = this.#runs.get(entry.outputs[0]!)!;
    return reducedRow(entry) === null ? run : run - 1;
  }

  #valuesToKeep(): [ReadonlyMap<AnyTensor, number>, number] {
    const kept = new Map<AnyTensor, number>();
    let bytes = 0;
    for (const entry of this.group.entries) {
      for (const input of entry.inputs) {
        const isKept = this.isFull(input) && this.runOf(entry) !== this.#runs.get(input) && !this.#isResult(input);
        if (!isKept || kept.has(input)) continue;
        kept.set(input, bytes);
        const count = this.isWhole ? this.group.places : this.inner;
        bytes += Math.ceil((count * this.group.bytes) / 64 + 1) * 64;
      }
    }
    return [kept, bytes];
  }

  /** Sums of a run. */
  reductionsOf(run: number): readonly Entry[] {
    return this.group.entries.filter((entry) => reducedRow(entry) !== null && this.runOf(entry) === run);
  }

  /** Entries of a run whose values of places are needed beyond it, and its sums. */
  rootsOf(run: number): readonly Entry[] {
    return this.group.entries.filter((entry) => {
      const output = entry.outputs[0]!;
      if (this.runOf(entry) !== run) return false;
      return reducedRow(entry) !== null || (this.isFull(output) && (this.#isResult(output) || this.kept.has(output)));
    });
  }

  /** Values of rows that are ready before a run. */
  rowLevelOf(run: number): readonly Entry[] {
    return this.group.entries.filter(
      ({ outputs: [output] }) => !this.isFull(output!) && this.#runs.get(output!) === run,
    );
  }
}
