import type { OpDef } from "../../op.ts";
import { mul } from "../../ops/arithmetic.ts";
import { sameShape } from "../../shape.ts";
import type { Entry } from "../../tape.ts";
import { type AnyTensor, isConcrete, storageOf } from "../../tensor.ts";
import { type Pass, rewrite } from "./rewrite.ts";

/** What makes a tensor, if an entry of the program does. */
type Producers = (tensor: AnyTensor) => Entry | undefined;
type Rule = (
  entry: Entry,
  producer: Producers,
  reluOf: ReadonlyMap<AnyTensor, AnyTensor>,
) => Entry | readonly AnyTensor[] | undefined;

/** The number that a tensor of one element holds, if it is a constant. */
const numberOf = (tensor: AnyTensor): number | undefined =>
  isConcrete(tensor) && tensor.size === 1 ? storageOf(tensor)[0] : undefined;

const definitionOf = (operation: unknown): OpDef => (operation as { readonly definition: OpDef }).definition;

const isAs = (tensor: AnyTensor, { outputs: [output] }: Entry): boolean =>
  sameShape(tensor.shape, output!.shape) && tensor.dtype === output!.dtype;

/** The operand beside a constant number, if it has the shape of the result. */
function besideNumber(entry: Entry, number: number, places: readonly number[]): readonly AnyTensor[] | undefined {
  const place = places.find((i) => numberOf(entry.inputs[i]!) === number);
  if (place === undefined) return undefined;
  const other = entry.inputs[1 - place]!;
  return isAs(other, entry) ? [other] : undefined;
}

/** The input, where the operation leaves it as it is. */
const sameAsInput: Rule = (entry) => (isAs(entry.inputs[0]!, entry) ? [entry.inputs[0]!] : undefined);

/** Algebra that changes no number, but for the sign of a zero. */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  alias: [sameAsInput],
  stopGradient: [sameAsInput],
  cast: [sameAsInput],
  broadcastTo: [sameAsInput],
  reshape: [
    sameAsInput,
    (entry, producer) => {
      const before = producer(entry.inputs[0]!);
      return before?.operation.name === "reshape" ? { ...entry, inputs: before.inputs } : undefined;
    },
  ],
  neg: [
    (entry, producer) => {
      const before = producer(entry.inputs[0]!);
      return before?.operation.name === "neg" ? before.inputs : undefined;
    },
  ],
  sub: [(entry) => besideNumber(entry, 0, [1])],
  div: [(entry) => besideNumber(entry, 1, [1])],
  mul: [(entry) => besideNumber(entry, 1, [0, 1])],
  mulStrongZero: [
    (entry) => besideNumber(entry, 1, [0, 1]),
    // Beside a number that is finite and not 0, zeros need no care.
    (entry) =>
      entry.inputs.some((input) => Number.isFinite(numberOf(input) ?? Number.NaN) && numberOf(input) !== 0)
        ? { ...entry, operation: definitionOf(mul) }
        : undefined,
  ],
  // Of what relu gives, so that what it was given need not be kept.
  greater: [
    (entry, _, reluOf) => {
      const y = reluOf.get(entry.inputs[0]!);
      return y !== undefined && numberOf(entry.inputs[1]!) === 0
        ? { ...entry, inputs: [y, entry.inputs[1]!] }
        : undefined;
    },
  ],
  gemm: [(entry, producer) => transposesFolded(entry, producer)],
};

/** A product of a transposed matrix reads it the other way round. */
function transposesFolded(entry: Entry, producer: Producers): Entry | undefined {
  const flags = entry.attributes as { readonly transposeA: boolean; readonly transposeB: boolean };
  let { transposeA, transposeB } = flags;
  const inputs = entry.inputs.map((input, i) => {
    const made = producer(input);
    if (made?.operation.name !== "permute") return input;
    const { axes } = made.attributes as { readonly axes: readonly number[] };
    const last = axes.length - 1;
    const isTranspose = axes.every((axis, j) => axis === (j === last ? last - 1 : j === last - 1 ? last : j));
    if (!isTranspose) return input;
    if (i === 0) transposeA = !transposeA;
    else transposeB = !transposeB;
    return made.inputs[0]!;
  });
  const isSame = inputs.every((input, i) => input === entry.inputs[i]);
  return isSame ? undefined : { ...entry, inputs, attributes: { transposeA, transposeB } };
}

/** Algebraic simplification; transposes are folded into products. */
export const simplify: Pass = {
  name: "algebra",
  run: (program) => {
    const made = new Map<AnyTensor, Entry>();
    const reluOf = new Map<AnyTensor, AnyTensor>();
    return rewrite(program, (entry) => {
      let now = entry;
      for (const rule of rules[entry.operation.name] ?? []) {
        const result = rule(now, (tensor) => made.get(tensor), reluOf);
        if (result === undefined) continue;
        if (!("operation" in result)) return result;
        now = result;
      }
      for (const output of now.outputs) made.set(output, now);
      if (now.operation.name === "relu") reluOf.set(now.inputs[0]!, now.outputs[0]!);
      return now;
    });
  },
};
