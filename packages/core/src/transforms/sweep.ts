import { checkRule, isDetecting } from "../anomaly.ts";
import { unbroadcast } from "../composites/movement.ts";
import { zerosLike } from "../create.ts";
import { isFloat } from "../dtype.ts";
import { GradientError } from "../errors.ts";
import { type Applied, apply, type OpDef, type PullBack } from "../op.ts";
import { add } from "../ops/arithmetic.ts";
import { alias } from "../ops/cast.ts";
import { broadcastTo } from "../ops/movement.ts";
import { asArray } from "../program.ts";
import { sameShape } from "../shape.ts";
import { type Entry, isRecording, recordOn, Tape } from "../tape.ts";
import type { AnyTensor } from "../tensor.ts";
import { fuse } from "./fuse.ts";

// The two sweeps over a tape. Both call rules made of operations while the tape itself has stopped recording, so that
// an outer tape can record and differentiate the sweep.

type Maybe<T> = T | undefined;

function accumulate(sums: Map<AnyTensor, AnyTensor>, tensor: AnyTensor, term: AnyTensor): void {
  const before = sums.get(tensor);
  sums.set(tensor, before === undefined ? term : add(before, term));
}

/**
 * Reverse mode: from cotangents of outputs to cotangents of all that they depend on. A tensor that is missing in the
 * result has a cotangent of zero.
 */
export function pullBack(
  tape: Tape,
  outputs: readonly AnyTensor[],
  cotangents: readonly AnyTensor[],
): ReadonlyMap<AnyTensor, AnyTensor> {
  const sums = new Map<AnyTensor, AnyTensor>();
  for (const [i, output] of outputs.entries()) accumulate(sums, output, cotangents[i]!);
  for (let i = tape.entries.length - 1; i >= 0; i--) {
    const entry = tape.entries[i]!;
    if (!entry.outputs.some((output) => sums.has(output))) continue;
    const needed = entry.inputs.map((input) => isFloat(input.dtype) && tape.watches(input));
    if (!needed.includes(true)) continue;
    const received = entry.outputs.map((output) => sums.get(output));
    // Let go of what is passed on: a long sweep must not hold every cotangent.
    for (const output of entry.outputs) sums.delete(output);
    if (pullBackInOnePass(entry, received, needed, sums)) continue;
    checkRule("pull-back", entry, received, () => pullBackEntry(entry, received, needed)).forEach((cotangent, j) => {
      if (cotangent !== null && needed[j]) accumulate(sums, entry.inputs[j]!, cotangent);
    });
  }
  return sums;
}

/** Elements from which on a rule, and the sum that its result goes to, are worth a pass of their own. */
const LARGE = 1 << 14;

/** Rules of elementwise operations, each with the sum of what came before, in one pass over memory. */
const fused = new WeakMap<PullBack, ReturnType<typeof inOnePass>>();

const inOnePass = (rule: PullBack) =>
  fuse((cotangent: AnyTensor, inputs: readonly AnyTensor[], output: AnyTensor, before: AnyTensor | null): AnyTensor => {
    const term = rule([cotangent], { inputs, outputs: [output], output, attributes: {} });
    return before === null ? term : (add(before, term) as AnyTensor);
  });

/** Pulls an entry back whose operation is elementwise on large tensors of one shape; whether it was one. */
function pullBackInOnePass(
  { operation, inputs, outputs: [output], attributes }: Entry,
  [cotangent]: readonly Maybe<AnyTensor>[],
  needed: readonly boolean[],
  sums: Map<AnyTensor, AnyTensor>,
): boolean {
  const { vjp, jvp } = operation as OpDef;
  // Where both modes have a rule for each input, and nothing else is asked, rules are products with partial derivatives.
  if (typeof vjp !== "object" || typeof jvp !== "object" || cotangent === undefined || output!.size < LARGE)
    return false;
  const isOfOneShape = inputs.every(({ shape, dtype }) => dtype === output!.dtype && sameShape(shape, output!.shape));
  if (!isOfOneShape || isDetecting() || isRecording() || Object.keys(attributes).length > 0) return false;
  for (const [j, rule] of vjp.entries()) {
    if (rule === null || !needed[j]) continue;
    if (!fused.has(rule)) fused.set(rule, inOnePass(rule));
    sums.set(inputs[j]!, fused.get(rule)!(cotangent, inputs, output!, sums.get(inputs[j]!) ?? null));
  }
  return true;
}

/** Cotangents of the inputs of one entry, un-broadcast to their shapes. */
function pullBackEntry(
  entry: Entry,
  received: readonly Maybe<AnyTensor>[],
  needed: readonly boolean[],
): readonly (AnyTensor | null)[] {
  const { vjp } = entry.operation as OpDef;
  if (vjp === undefined) return needed.map(() => null);
  const at = applied(entry);
  const cotangents = entry.outputs.map((output, i) => received[i] ?? zerosLike(output));
  const raw =
    typeof vjp === "function"
      ? vjp(
          cotangents,
          at,
          needed,
          received.map((cotangent) => cotangent !== undefined),
        )
      : vjp.map((rule, i) => (rule !== null && needed[i] ? rule(cotangents, at) : null));
  return raw.map((cotangent, i) => {
    const { shape, dtype } = entry.inputs[i]!;
    if (cotangent !== null && needed[i] && cotangent.dtype !== dtype) {
      const { name } = entry.operation;
      throw new GradientError(
        name,
        `its rule gives a ${cotangent.dtype} cotangent for argument ${i + 1}, which is ${dtype}`,
        "mend the rule",
      );
    }
    return cotangent === null || sameShape(cotangent.shape, shape) ? cotangent : unbroadcast(cotangent, shape);
  });
}

/**
 * Forward mode: from tangents of inputs to tangents of all that depends on them. A tensor that is missing in the result
 * has a tangent of zero.
 */
export function pushForward(
  tape: Tape,
  tangents: ReadonlyMap<AnyTensor, AnyTensor>,
): ReadonlyMap<AnyTensor, AnyTensor> {
  const known = new Map(tangents);
  for (const entry of tape.entries) {
    const incoming = entry.inputs.map((input) => known.get(input));
    if (incoming.every((tangent) => tangent === undefined)) continue;
    checkRule("push-forward", entry, incoming, () => pushForwardEntry(entry, incoming)).forEach((tangent, i) => {
      const output = entry.outputs[i]!;
      if (tangent !== undefined && isFloat(output.dtype)) known.set(output, tangent);
    });
  }
  return known;
}

/** Tangents of the outputs of one entry, broadcast to their shapes. */
function pushForwardEntry(entry: Entry, tangents: readonly Maybe<AnyTensor>[]): readonly Maybe<AnyTensor>[] {
  const definition = entry.operation as OpDef;
  const { jvp } = definition;
  if (jvp === undefined) return definition.vjp === undefined ? [] : transposePullBack(entry, tangents);
  if (jvp === "linear") {
    const inputs = entry.inputs.map((input, i) => tangents[i] ?? (isFloat(input.dtype) ? zerosLike(input) : input));
    return asArray(apply(definition, inputs, entry.attributes));
  }
  const at = applied(entry);
  const sums: Maybe<AnyTensor>[] = [];
  const accumulateTerms = (terms: readonly (AnyTensor | null)[]): void =>
    terms.forEach((term, j) => {
      if (term !== null) sums[j] = sums[j] === undefined ? term : add(sums[j], term);
    });
  if (typeof jvp === "function") accumulateTerms(jvp(tangents, at));
  else
    tangents.forEach((tangent, i) => {
      const rule = jvp[i];
      if (tangent !== undefined && rule) accumulateTerms(asArray(rule(tangent, at)));
    });
  return sums.map((sum, i) => {
    const { shape } = entry.outputs[i]!;
    return sum === undefined || sameShape(sum.shape, shape) ? sum : broadcastTo(sum, shape);
  });
}

/**
 * Forward mode from the reverse rule alone: a pull-back is linear in its cotangents, so that its own pull-back, at any
 * cotangents, pushes forward.
 */
function transposePullBack(entry: Entry, tangents: readonly Maybe<AnyTensor>[]): readonly Maybe<AnyTensor>[] {
  const needed = tangents.map((tangent) => tangent !== undefined);
  const cotangents = entry.outputs.map((output) => alias(zerosLike(output)));
  const tape = new Tape(cotangents);
  const pulled = recordOn(tape, () => pullBackEntry(entry, cotangents, needed));
  const reached = pulled.flatMap((output, i) =>
    output !== null && needed[i] ? [{ output, tangent: tangents[i]! }] : [],
  );
  const result = pullBack(
    tape,
    reached.map(({ output }) => output),
    reached.map(({ tangent }) => tangent),
  );
  return cotangents.map((cotangent) => result.get(cotangent));
}

function applied(entry: Entry): Applied {
  return { inputs: entry.inputs, outputs: entry.outputs, output: entry.outputs[0]!, attributes: entry.attributes };
}
