import { programFlops } from "../cost.ts";
import { zerosLike } from "../create.ts";
import { allocateUnfilled, isFloat, type Storage } from "../dtype.ts";
import { apply, type OpDef, type TensorSpec } from "../op.ts";
import { add } from "../ops/arithmetic.ts";
import { exchanged } from "../ops/batching.ts";
import { broadcastTo } from "../ops/movement.ts";
import { Program, specsOf } from "../program.ts";
import { sizeOf } from "../shape.ts";
import { isRecording, unrecorded } from "../tape.ts";
import { type AnyTensor, abstract, storageOf, Tensor } from "../tensor.ts";
import { inParts } from "./in-parts.ts";
import { pullBackProgram, pushForwardProgram, runDeciding } from "./program-rules.ts";
import { traceRule } from "./trace.ts";
import { batchProgram } from "./vmap.ts";

interface Scan {
  /** One step: from constants, carried values and the slices of the step to carried values and outputs. */
  readonly body: Program;
  /** How many of the inputs are constants, and how many are carried. */
  readonly constants: number;
  readonly carried: number;
  readonly length: number;
  readonly reverse: boolean;
  /** How many of the values that are carried into each step are the last outputs: the first so many, which a sweep back starts from. */
  readonly remembered: number;
}

/** Inputs of a scan, or of one step of it, by what they are for. */
function parted<T>(values: readonly T[], { constants, carried }: Scan): [constants: T[], carried: T[], slices: T[]] {
  const end = constants + carried;
  return [values.slice(0, constants), values.slice(constants, end), values.slice(end)];
}

const alongLength = ({ shape, dtype }: TensorSpec, length: number): TensorSpec => ({
  shape: [length, ...shape],
  dtype,
});

/** Operations on a step see a part of the storage, not a copy: nobody writes to it. */
function sliceAt(xs: AnyTensor, { shape, dtype }: TensorSpec, i: number): AnyTensor {
  const size = sizeOf(shape);
  return new Tensor(shape, dtype, storageOf(xs).subarray(i * size, (i + 1) * size) as Storage);
}

/** The operation behind `scan`. Its gradient is a scan in the other direction, in which the body runs again and is pulled back. */
const definition: OpDef<Scan> = {
  name: "scan",
  infer: (_, { body, carried, length }) =>
    specsOf(body.outputs).map((spec, i) => (i < carried ? spec : alongLength(spec, length))),
  forward: (inputs, attributes, results) => {
    const { body, constants, carried, length, reverse } = attributes;
    const [fixed, initial, xs] = parted(inputs, attributes);
    const slices = specsOf(body.inputs.slice(constants + carried));
    const stacked = results.slice(carried).map(({ shape, dtype }) => allocateUnfilled(dtype, sizeOf(shape)));
    let carry: readonly AnyTensor[] = initial;
    unrecorded(() => {
      for (let step = 0; step < length; step++) {
        const i = reverse ? length - 1 - step : step;
        const made = body.run([...fixed, ...carry, ...xs.map((x, j) => sliceAt(x, slices[j]!, i))]);
        carry = made.slice(0, carried);
        for (const [j, storage] of stacked.entries()) {
          const output = made[carried + j]!;
          storage.set(storageOf(output), i * output.size);
        }
      }
    });
    return [...carry.map(storageOf), ...stacked];
  },
  vjp: (cotangents, { inputs, outputs, attributes }, needed, received) => {
    const { body, carried, length, reverse, remembered } = attributes;
    const [fixed, initial, xs] = parted(inputs, attributes);
    // See applyBody: a scan that a tape has gives what was carried into each step, last. Values that are only added to may be any.
    const history = outputs.slice(outputs.length - remembered);
    const forgotten = initial.slice(remembered).map(zerosLike);
    // What the sweep back carries: cotangents of what was carried, and the sums of those of the constants.
    const smooth = initial.map(({ dtype }) => isFloat(dtype));
    const [neededFixed, , neededSlices] = parted(needed, attributes);
    const summed = fixed.filter((_, i) => neededFixed[i]);
    const start = cotangents.slice(0, carried).filter((_, i) => smooth[i]);
    const arriving = cotangents.slice(carried).filter((_, i) => received[carried + i]);

    const step = (...values: readonly AnyTensor[]): AnyTensor[] => {
      const [own, back, sums, before, slices, pulledIn] = inParts(values, [
        fixed,
        start,
        summed,
        history,
        xs,
        arriving,
      ]);
      const carriedBack = smooth.map((is) => (is ? back.shift() : undefined));
      const stepCotangents = body.outputs.map((_, i) =>
        i < carried ? carriedBack[i] : received[i] ? pulledIn.shift() : undefined,
      );
      const wanted = [...neededFixed, ...smooth, ...neededSlices];
      const pulled = pullBackProgram(body, [...own, ...before, ...forgotten, ...slices], stepCotangents, wanted);
      const [toFixed, toCarry, toSlices] = parted(pulled, attributes);
      const total = toFixed.filter((cotangent) => cotangent !== null).map((cotangent, i) => add(sums[i]!, cotangent));
      return [...toCarry, ...total, ...toSlices].filter((cotangent) => cotangent !== null);
    };
    const made = applyScan(
      step,
      { fixed, carry: [...start, ...summed.map(zerosLike)], xs: [...history, ...xs, ...arriving] },
      { length, reverse: !reverse },
      summed.length,
    );
    const toCarry = made.splice(0, start.length);
    return needed.map((is, i) => {
      if (i >= fixed.length && i < fixed.length + carried) return smooth[i - fixed.length] ? toCarry.shift()! : null;
      return is ? made.shift()! : null;
    });
  },
  jvp: (tangents, { inputs, attributes }) => {
    const { body, carried, length, reverse } = attributes;
    const [fixed, initial, xs] = parted(inputs, attributes);
    const [fixedMoves, initialMoves, xsMove] = parted(tangents, attributes);
    const present = (all: readonly (AnyTensor | undefined)[]): AnyTensor[] => all.filter((one) => one !== undefined);
    // Whatever is carried may begin to move at the first step.
    const smooth = initial.map(({ dtype }) => isFloat(dtype));
    const start = initial.flatMap((value, i) => (smooth[i] ? [initialMoves[i] ?? zerosLike(value)] : []));

    const step = (...values: readonly AnyTensor[]): AnyTensor[] => {
      const [own, ownMoves, carry, carryMoves, slices, sliceMoves] = inParts(values, [
        fixed,
        present(fixedMoves),
        initial,
        start,
        xs,
        present(xsMove),
      ]);
      const moves = [
        ...fixedMoves.map((move) => move && ownMoves.shift()),
        ...smooth.map((is) => (is ? carryMoves.shift() : undefined)),
        ...xsMove.map((move) => move && sliceMoves.shift()),
      ];
      const pushed = pushForwardProgram(body, [...own, ...carry, ...slices], moves);
      const moved = pushed.outputs.map((output, i) => pushed.tangents[i] ?? zerosLike(output));
      return [
        ...pushed.outputs.slice(0, carried),
        ...moved.slice(0, carried).filter((_, i) => smooth[i]),
        ...moved.slice(carried).filter(({ dtype }) => isFloat(dtype)),
      ];
    };
    const made = applyScan(
      step,
      {
        fixed: [...fixed, ...present(fixedMoves)],
        carry: [...initial, ...start],
        xs: [...xs, ...present(xsMove)],
      },
      { length, reverse },
    );
    made.splice(0, carried);
    return body.outputs.map(({ dtype }) => (isFloat(dtype) ? made.shift()! : null));
  },
  // Of every step.
  branches: ({ inputs, attributes }) => {
    const [fixed, carry, xs] = parted(inputs, attributes);
    const { body, carried, length, reverse } = attributes;
    const step = (...values: readonly AnyTensor[]): AnyTensor[] => {
      const { outputs, decisions } = runDeciding(body, values);
      return [...outputs.slice(0, carried), ...decisions];
    };
    return applyScan(step, { fixed, carry, xs }, { length, reverse }).slice(carried);
  },
  flops: ({ attributes: { body, length } }) => length * programFlops(body),
  batch: (inputs, { size, batched, attributes }) => {
    const { body, constants, carried } = attributes;
    const isBatched = batched.map((is, i) => is || (i >= constants && i < constants + carried));
    const isSlice = (i: number): boolean => i >= constants + carried;
    const ready = inputs.map((input, i) => {
      if (batched[i]) return isSlice(i) ? exchanged(input) : input;
      return isBatched[i] ? (broadcastTo(input, [size, ...input.shape]) as AnyTensor) : input;
    });
    const examples = ready.map((input, i) => (isSlice(i) ? rowOf(input) : input));
    const batchOf = traceRule((...xs) => batchProgram(body, xs, isBatched, size), examples);
    const made = apply(definition, ready, { ...attributes, body: batchOf }) as readonly AnyTensor[];
    return made.map((output, i) => (i < carried ? output : exchanged(output)));
  },
  samples: [],
};

/** An abstract slice of a tensor at one step. */
export const rowOf = ({ shape, dtype }: AnyTensor): AnyTensor => abstract(shape.slice(1), dtype);

export interface Operands {
  readonly fixed: readonly AnyTensor[];
  readonly carry: readonly AnyTensor[];
  readonly xs: readonly AnyTensor[];
}

/** A scan of a function of tensors that closes over nothing; see `applyBody`. */
function applyScan(
  step: (...values: readonly AnyTensor[]) => readonly AnyTensor[],
  { fixed, carry, xs }: Operands,
  run: Pick<Scan, "length" | "reverse">,
  added = 0,
): AnyTensor[] {
  const body = traceRule(step, [...fixed, ...carry, ...xs.map(rowOf)]);
  return applyBody(body, { fixed, carry, xs }, run, added);
}

/**
 * A scan of a program of [...fixed, ...carry, ...slices]: what it carries out, and its outputs.
 * @param added how many of the carried values, the last ones, each step only adds to: no rule asks what they were.
 */
export function applyBody(
  body: Program,
  { fixed, carry, xs }: Operands,
  run: Pick<Scan, "length" | "reverse">,
  added = 0,
): AnyTensor[] {
  const counts = { constants: fixed.length, carried: carry.length };
  // The sweep back starts each step from what was carried into it, which is an output more, where a tape may want one.
  const remembered = isRecording() ? carry.length - added : 0;
  const carriedIn = body.inputs.slice(counts.constants, counts.constants + remembered);
  const keeping = new Program(body.inputs, body.entries, [...body.outputs, ...carriedIn]);
  const attributes: Scan = { ...counts, ...run, body: keeping, remembered };
  const made = apply(definition, [...fixed, ...carry, ...xs], attributes) as readonly AnyTensor[];
  return made.slice(0, body.outputs.length);
}
