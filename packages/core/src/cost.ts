import type { DType } from "./dtype.ts";
import type { OpDef, TensorSpec } from "./op.ts";
import { type Listing, type Program, programsOf } from "./program.ts";
import { sizeOf } from "./shape.ts";
import type { Entry } from "./tape.ts";

/** Bytes of an element. */
export const BYTES: Readonly<Record<DType, number>> = { bool: 1, uint8: 1, int32: 4, float32: 4, float64: 8 };

const elementsOf = (specs: readonly TensorSpec[]): number =>
  specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
const bytesOf = (specs: readonly TensorSpec[]): number =>
  specs.reduce((total, { shape, dtype }) => total + sizeOf(shape) * BYTES[dtype], 0);

/** What one operation of a tape costs. */
export interface EntryCost {
  readonly entry: Entry;
  /**
   * Floating-point operations, by the formulas of the textbooks: 2mnk for a product of matrices, one for each element of what works
   * elementwise (an exponential counts as one, too), none where data is only moved. Loops count all their steps; one whose number of
   * steps is not known counts one, and a choice its dearer branch.
   */
  readonly flops: number;
  /** Bytes of the inputs. */
  readonly bytesRead: number;
  /** Bytes of the results: what the tape keeps of this entry. A result that shares the storage of an input counts 0. */
  readonly bytesWritten: number;
  /** The cost of the programs that the operation runs, by the names of its attributes: of one run each. */
  readonly programs: readonly { readonly name: string; readonly cost: TapeCost }[];
}

/** What a tape costs: its entries, and their sums. */
export interface TapeCost {
  readonly entries: readonly EntryCost[];
  readonly flops: number;
  readonly bytesRead: number;
  /** Of all results: the activations that the tape keeps. */
  readonly bytesWritten: number;
}

/** Floating-point operations of an entry. */
export function flopsOf({ operation, inputs, outputs, attributes }: Entry): number {
  const { flops } = operation as OpDef;
  return flops ? flops({ inputs, outputs, attributes }) : elementsOf(outputs);
}

/** Floating-point operations of one run of a program. */
export const programFlops = (program: Program): number =>
  program.entries.reduce((total, entry) => total + flopsOf(entry), 0);

function costOf(entry: Entry): EntryCost {
  const programs = programsOf(entry.attributes).map(([name, program]) => ({ name, cost: tapeCost(program) }));
  return {
    entry,
    flops: flopsOf(entry),
    bytesRead: bytesOf(entry.inputs),
    bytesWritten: (entry.operation as OpDef).isView ? 0 : bytesOf(entry.outputs),
    programs,
  };
}

/**
 * What the operations of a tape, or of a program, cost: floating-point operations, and bytes read and written. The bytes written are those
 * that the tape keeps alive, the activations of a reverse sweep. Works on abstract values, too: nothing needs to run.
 * @example
 * const { flops, bytesWritten } = tapeCost(record((w: Tensor) => matmul(w, w))(ones([10, 10])).tape);
 * flops; // 2000
 * bytesWritten; // 400
 */
export function tapeCost(tape: Listing): TapeCost {
  const entries = tape.entries.map(costOf);
  const total = (of: (cost: EntryCost) => number): number => entries.reduce((sum, cost) => sum + of(cost), 0);
  return {
    entries,
    flops: total((cost) => cost.flops),
    bytesRead: total((cost) => cost.bytesRead),
    bytesWritten: total((cost) => cost.bytesWritten),
  };
}

const columns = ["operation", "flops", "bytes read", "bytes written"] as const;

/**
 * A cost as a table: a line for each entry, those of nested programs indented below, and the sums.
 * @example
 * printCost(tapeCost(record((x: Tensor) => exp(x))(ones([2])).tape)).split("\n").length; // 3
 */
export function printCost(cost: TapeCost): string {
  const rows = [[...columns], ...rowsOf(cost, ""), ["total", ...numbersOf(cost)]];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "))
    .join("\n");
}

const numbersOf = ({ flops, bytesRead, bytesWritten }: Omit<TapeCost, "entries">): string[] =>
  [flops, bytesRead, bytesWritten].map((value) => String(Math.round(value)));

function rowsOf({ entries }: TapeCost, indent: string): string[][] {
  return entries.flatMap((cost) => [
    [`${indent}${cost.entry.operation.name}`, ...numbersOf(cost)],
    ...cost.programs.flatMap(({ name, cost: nested }) => [
      [`${indent}  ${name}, once`, ...numbersOf(nested)],
      ...rowsOf(nested, `${indent}    `),
    ]),
  ]);
}
