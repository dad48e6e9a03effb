import { type AnyTensor, isFloat, type OpDef, type Shape, type Storage, type Tape } from "@tapegrad/core";
import { positionOf } from "../position-of.ts";

// A function that is not smooth takes discrete decisions on its way: the side of a kink, the place of a maximum, an order. As long as
// all decisions are the same at two points, the function is smooth between them.

/** What one operation of a run decided. */
export interface Decision {
  /** Position on the tape as the function is written. */
  readonly place: number;
  /** Position on the tape that the function records, where a function with a gradient of its own is one entry. */
  readonly entry: number;
  readonly operation: string;
  readonly tensors: readonly { readonly shape: Shape; readonly data: Storage }[];
}

/** An element of a decision that differs between two runs. */
export interface Change extends Omit<Decision, "tensors"> {
  /** Position along each axis; empty where the runs took different operations altogether. */
  readonly index: readonly number[];
}

/**
 * For each entry of the tape of a function as it is written, its position on the tape that the function recorded in the same run. What stands
 * in a function with a gradient of its own belongs to the entry of that, which follows; so do new identities of inputs, to the first.
 */
export function entriesOn(recorded: Tape, written: Tape): number[] {
  const positions = new Map(recorded.entries.map((entry, i) => [entry.outputs[0], i]));
  let next = recorded.entries.length;
  return written.entries
    .toReversed()
    .map(({ outputs }) => {
      next = positions.get(outputs[0]) ?? next;
      return next;
    })
    .reverse();
}

/**
 * Everything that is decided on the tape of a function as it is written: results of integers and bools, and what definitions name as branches.
 * @param recorded the tape that the function recorded in the same run, which its entries are numbered by.
 */
export function decisionsOf(tape: Tape, recorded: Tape = tape): Decision[] {
  const numbers = entriesOn(recorded, tape);
  return tape.entries.flatMap(({ operation, inputs, outputs, attributes }, place) => {
    const { branches } = operation as OpDef;
    const discrete = outputs.filter(({ dtype }) => !isFloat(dtype));
    if (branches === undefined && discrete.length === 0) return [];
    const named = branches?.({ inputs, outputs, output: outputs[0]!, attributes }) ?? [];
    const tensors = [...discrete, ...named].map((tensor: AnyTensor) => ({ shape: tensor.shape, data: tensor.data() }));
    return [{ place, entry: numbers[place]!, operation: operation.name, tensors }];
  });
}

/** What two runs decided differently. */
export interface Changes {
  readonly count: number;
  /** The first few of them. */
  readonly told: readonly Change[];
}

export const NO_CHANGES: Changes = { count: 0, told: [] };

/** How many changes are told: one step may cross many kinks. */
const TOLD = 8;

/** Where two runs decided differently. */
export function changesBetween(before: readonly Decision[], after: readonly Decision[]): Changes {
  const told: Change[] = [];
  let count = 0;
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const [a, b] = [before[i], after[i]];
    const { place, entry, operation, tensors } = (a ?? b) as Decision;
    const whole = { place, entry, operation, index: [] };
    if (a?.place !== b?.place || a?.operation !== b?.operation) return { count: count + 1, told: [...told, whole] };
    // Programs of their own, one of which was run, may decide other things altogether.
    if (shapesOf(a!) !== shapesOf(b!)) {
      if (count++ < TOLD) told.push(whole);
      continue;
    }
    for (const [j, { shape, data }] of tensors.entries()) {
      const other = b!.tensors[j]!.data;
      for (let k = 0; k < data.length; k++) {
        // NaN is a decision like any other; −0 and 0 are one.
        if (data[k] === other[k] || (Number.isNaN(data[k]) && Number.isNaN(other[k]))) continue;
        if (count++ < TOLD) told.push({ ...whole, index: positionOf(k, shape) });
      }
    }
  }
  return { count, told };
}

const shapesOf = ({ tensors }: Decision): string => tensors.map(({ shape }) => `[${shape}]`).join();
