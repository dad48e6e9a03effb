import { type AnyTensor, isFloat, type OpDef, type Shape, type Storage, type Tape } from "@tapegrad/core";

// A function that is not smooth takes discrete decisions on its way: the side of a kink, the place of a maximum, an order. As long as
// all decisions are the same at two points, the function is smooth between them.

/** What one operation of a run decided. */
export interface Decision {
  readonly entry: number;
  readonly operation: string;
  readonly tensors: readonly { readonly shape: Shape; readonly data: Storage }[];
}

/** An element of a decision that differs between two runs. */
export interface Change {
  readonly entry: number;
  readonly operation: string;
  /** Position along each axis; empty where the runs took different operations altogether. */
  readonly index: readonly number[];
}

/**
 * The number of each entry, without those that only give a tensor a new identity: a tape that sees functions with gradients of their own as
 * they are written begins with such.
 */
export function numbersOf({ entries }: Tape): number[] {
  let number = 0;
  return entries.map(({ operation }) => (operation.name === "alias" ? number : number++));
}

/** Everything that is decided on a tape: results of integers and bools, and what definitions name as branches. */
export function decisionsOf(tape: Tape): Decision[] {
  const numbers = numbersOf(tape);
  return tape.entries.flatMap(({ operation, inputs, outputs, attributes }, i) => {
    const { branches } = operation as OpDef;
    const discrete = outputs.filter(({ dtype }) => !isFloat(dtype));
    if (branches === undefined && discrete.length === 0) return [];
    const named = branches?.({ inputs, outputs, output: outputs[0]!, attributes }) ?? [];
    const tensors = [...discrete, ...named].map((tensor: AnyTensor) => ({ shape: tensor.shape, data: tensor.data() }));
    return [{ entry: numbers[i]!, operation: operation.name, tensors }];
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
    const { entry, operation, tensors } = (a ?? b) as Decision;
    if (a?.entry !== b?.entry || a?.operation !== b?.operation) {
      return { count: count + 1, told: [...told, { entry, operation, index: [] }] };
    }
    for (const [j, { shape, data }] of tensors.entries()) {
      const other = b!.tensors[j]!.data;
      for (let k = 0; k < data.length; k++) {
        // NaN is a decision like any other; −0 and 0 are one.
        if (data[k] === other[k] || (Number.isNaN(data[k]) && Number.isNaN(other[k]))) continue;
        if (count++ < TOLD) told.push({ entry, operation, index: positionOf(k, shape) });
      }
    }
  }
  return { count, told };
}

/** Position along each axis of the i-th element, row-major. */
export function positionOf(i: number, shape: Shape): number[] {
  const index: number[] = [];
  let rest = i;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
