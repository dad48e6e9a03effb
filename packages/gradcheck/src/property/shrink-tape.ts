import { type AnyTensor, adopt, Draw, key, type Shape, sameShape, slice } from "@tapegrad/core";
import { isConstant } from "../check-sample.ts";
import { drawArguments, leavesOf } from "../sample-arguments.ts";
import { Expression, isTerm } from "./expression.ts";
import type { Place, PlannedValue, TapeNode, TapeProgram } from "./plan-tape.ts";
import type { RandomTape } from "./random-tape.ts";

/**
 * Smaller tapes than a given one, the most different first: fewer results and operations, then smaller shapes, then
 * rounder values, then one element of the result. Each has a smaller measure, so that shrinking ends.
 */
export function* shrinkTape(tape: RandomTape): Generator<RandomTape> {
  const before = measure(tape);
  for (const candidate of candidates(tape, resolved(tape))) {
    const smaller = attempt(tape, candidate);
    if (smaller !== undefined && less(measure(smaller), before) && !isWorse(smaller, tape)) yield smaller;
  }
}

function* candidates(tape: RandomTape, program: TapeProgram): Generator<TapeProgram> {
  yield* withFewerOutputs(program);
  yield* withoutNodes(program);
  yield* withCuts(tape, program);
  yield* withFittingInputs(program);
  yield* withSmallerShapes(program);
  yield* withRoundValues(program);
  yield* withOneElement(tape, program);
}

/** The tape of a program, unless an operation refuses its arguments. */
function attempt(tape: RandomTape, program: TapeProgram): RandomTape | undefined {
  try {
    return tape.with(withoutUnused(program));
  } catch {
    return undefined;
  }
}

/** Whether a tape has infinite values or NaN where another one had none: it would fail by another fault. */
function isWorse(tape: RandomTape, before: RandomTape): boolean {
  const isFinite = ({ plan }: RandomTape): boolean =>
    plan.values.every(({ tensor }) => tensor.data().every(Number.isFinite));
  return !isFinite(tape) && isFinite(before);
}

const ROUND: readonly number[] = [0, 1, -1, 0.5];

/** What shrinking makes smaller, the most important first. */
function measure({ program, plan, at }: RandomTape): number[] {
  const numbers = at.flatMap((x) => [...x.data()]);
  const tensors = [...at, ...plan.values.map(({ tensor }) => tensor)];
  return [
    program.nodes.length,
    plan.outputs.length,
    plan.lines.reduce((sum, line) => sum + callsOf(line), 0),
    tensors.reduce((sum, { size }) => sum + size, 0),
    numbers.filter((x) => !ROUND.includes(x)).length,
    numbers.reduce((sum, x) => sum + Math.max(0, ROUND.indexOf(x)), 0),
    program.element ?? Number.POSITIVE_INFINITY,
  ];
}

/** How many calls an expression is made of. */
function callsOf(term: unknown): number {
  if (!(term instanceof Expression)) return 0;
  return leavesOf(term.args).reduce<number>((sum, leaf) => sum + (isTerm(leaf) ? callsOf(leaf) : 0), 1);
}

function less(a: readonly number[], b: readonly number[]): boolean {
  const i = a.findIndex((value, i) => value !== b[i]);
  return i !== -1 && a[i]! < b[i]!;
}

/** The program with the places that its plan came to, so that they stay when other nodes go. */
function resolved({ program, plan }: RandomTape): TapeProgram {
  const places = (values: readonly PlannedValue[]): Place[] => values.map(({ place }) => place);
  const nodes = program.nodes.map((node, i) => ({ ...node, sources: places(plan.sources[i]!) }));
  return { ...program, nodes, outputs: places(plan.outputs), only: true };
}

const withSource = (program: TapeProgram, to: (place: Place) => Place): TapeProgram => ({
  ...program,
  nodes: program.nodes.map((node) => ({ ...node, sources: node.sources.map(to) })),
  outputs: program.outputs.map(to),
});

const withNode = (program: TapeProgram, k: number, changed: Partial<TapeNode>): TapeProgram => ({
  ...program,
  nodes: program.nodes.with(k, { ...program.nodes[k]!, ...changed }),
});

const withInput = (program: TapeProgram, i: number, input: AnyTensor): TapeProgram => ({
  ...program,
  inputs: program.inputs.with(i, input),
});

/** The program with one more input, and the place of that. */
function withNewInput(program: TapeProgram, input: AnyTensor): [TapeProgram, Place] {
  const count = program.inputs.length;
  const moved = withSource(program, ([producer, result]) => [producer < count ? producer : producer + 1, result]);
  return [{ ...moved, inputs: [...program.inputs, input] }, [count, 0]];
}

/** The program without a producer, whose values are replaced by another one. */
function without(program: TapeProgram, gone: number, instead: Place): TapeProgram {
  const inputs = program.inputs.filter((_, i) => i !== gone);
  const nodes = program.nodes.filter((_, i) => i + program.inputs.length !== gone);
  return withSource({ ...program, inputs, nodes }, (place) => {
    const [producer, result] = place[0] === gone ? instead : place;
    return [producer > gone ? producer - 1 : producer, result];
  });
}

/** The program without what its outputs do not depend on; one input stays. */
function withoutUnused(program: TapeProgram): TapeProgram {
  const { inputs, nodes, outputs } = program;
  const used = new Set(outputs.map(([producer]) => producer));
  for (let i = nodes.length - 1; i >= 0; i--) {
    if (used.has(inputs.length + i)) for (const [producer] of nodes[i]!.sources) used.add(producer);
  }
  let rest = program;
  for (let producer = inputs.length + nodes.length - 1; producer >= 0; producer--) {
    if (!used.has(producer) && (producer >= inputs.length || rest.inputs.length > 1))
      rest = without(rest, producer, [0, 0]);
  }
  return rest;
}

/** One of the results alone, then all but one. */
function* withFewerOutputs(program: TapeProgram): Generator<TapeProgram> {
  const { outputs } = program;
  if (outputs.length < 2) return;
  for (const output of outputs) yield { ...program, outputs: [output] };
  if (outputs.length > 2)
    for (const output of outputs) yield { ...program, outputs: outputs.filter((o) => o !== output) };
}

/** One node less: what it was first fed from takes its place, or else another value that it was fed from. */
function* withoutNodes(program: TapeProgram): Generator<TapeProgram> {
  for (let k = program.nodes.length - 1; k >= 0; k--) {
    const { sources } = program.nodes[k]!;
    const distinct = sources.filter((source, i) => sources.findIndex((other) => same(source, other)) === i);
    for (const source of distinct.length > 0 ? distinct : [[0, 0] as const]) {
      yield without(program, program.inputs.length + k, source);
    }
  }
}

/** A new input in place of a result: what that was made of goes. */
function* withCuts({ plan }: RandomTape, program: TapeProgram): Generator<TapeProgram> {
  for (const { place, tensor } of plan.values) {
    if (place[0] < program.inputs.length || tensor.size === 0) continue;
    const [more, input] = withNewInput(program, rounded(tensor, 2));
    const moved: Place = [place[0] + 1, place[1]];
    yield {
      ...more,
      nodes: more.nodes.map((node) => ({ ...node, sources: node.sources.map((s) => (same(s, moved) ? input : s)) })),
    };
  }
}

const same = (a: Place, b: Place): boolean => a[0] === b[0] && a[1] === b[1];

/** New inputs that fit the draws of a node as they are: all of them, then each. */
function* withFittingInputs(program: TapeProgram): Generator<TapeProgram> {
  for (const [k, node] of program.nodes.entries()) {
    const all = floatDraws(node).map((_, i) => i);
    for (const chosen of all.length > 1 ? [all, ...all.map((i) => [i])] : [all]) {
      for (const digits of [0, 1, 2]) yield fitted(program, k, chosen, digits);
    }
  }
}

/** The program with new inputs for some draws of a node, in numbers of few digits. */
function fitted(program: TapeProgram, k: number, chosen: readonly number[], digits: number): TapeProgram {
  const node = program.nodes[k]!;
  const draws = floatDraws(node);
  let changed = withNode(program, k, { sources: draws.map((_, i) => node.sources[i % node.sources.length]!) });
  const { floats } = drawArguments(draws, key(node.seed));
  for (const i of chosen) {
    const [more, input] = withNewInput(changed, rounded(floats[i]!, digits));
    changed = withNode(more, k, { sources: more.nodes[k]!.sources.with(i, input) });
  }
  return changed;
}

/** The draws of a node that are fed from other nodes: none of an operation without a gradient, which gets constants. */
function floatDraws({ operation, sample, lengths = [] }: TapeNode): Draw[] {
  if (isConstant(operation.definition)) return [];
  const { samples } = operation.definition;
  const draws = leavesOf(samples[sample % samples.length]!.args).filter((leaf) => leaf instanceof Draw);
  const to = new Map(lengths);
  return [...new Set(draws)]
    .filter(({ dtype }) => dtype === "float64")
    .map(
      (draw) =>
        new Draw(
          draw.shape.map((size) => to.get(size) ?? size),
          draw,
        ),
    );
}

function* withSmallerShapes(program: TapeProgram): Generator<TapeProgram> {
  for (const [i, input] of program.inputs.entries()) {
    for (const [axis, size] of input.shape.entries()) {
      for (const smaller of [1, size - 1]) {
        if (smaller > 0 && smaller < size) yield withInput(program, i, cut(input, axis, smaller));
      }
    }
  }
  for (const [k, node] of program.nodes.entries()) {
    for (let sample = 0; sample < node.operation.definition.samples.length; sample++) {
      yield withNode(program, k, { sample, lengths: [] });
    }
    const known = new Map(node.lengths);
    const originals = new Set(floatDraws({ ...node, lengths: [] }).flatMap(({ shape }) => [...shape]));
    for (const original of originals) {
      const size = known.get(original) ?? original;
      for (const smaller of [1, size - 1]) {
        if (smaller < 1 || smaller >= size) continue;
        const changed = withNode(program, k, { lengths: [...known, [original, smaller]] });
        yield changed;
        // Inputs that fitted the draws as they were must become smaller too.
        yield withInputsLike(changed, k, program);
      }
    }
  }
}

/** The program with the inputs of a node cut to its draws, where they had the shapes that those had before. */
function withInputsLike(program: TapeProgram, k: number, before: TapeProgram): TapeProgram {
  const [node, draws] = [program.nodes[k]!, floatDraws(before.nodes[k]!)];
  let changed = program;
  floatDraws(node).forEach(({ shape }, i) => {
    const [producer] = node.sources[i % node.sources.length]!;
    const input = before.inputs[producer];
    if (input === undefined || !sameShape(input.shape, draws[i]!.shape)) return;
    changed = withInput(
      changed,
      producer,
      shape.reduce((x: AnyTensor, size, axis) => cut(x, axis, size), input),
    );
  });
  return changed;
}

function cut(x: AnyTensor, axis: number, size: number): AnyTensor {
  const ranges = x.shape.map((_, i) => (i === axis ? ([0, size] as const) : null));
  return slice(x, ranges) as AnyTensor;
}

/** Values 0, 1, −1 or 0.5: all of an input, then one of them. */
function* withRoundValues(program: TapeProgram): Generator<TapeProgram> {
  for (const [i, input] of program.inputs.entries()) {
    const values = Float64Array.from(input.data());
    const changed = (values: Float64Array): TapeProgram =>
      withInput(program, i, adopt(values, input.shape) as AnyTensor);
    for (const round of ROUND) yield changed(values.map(() => round));
    for (const j of values.keys()) for (const round of ROUND) yield changed(values.with(j, round));
  }
}

/** How many elements of a result are tried alone. */
const MOST_ELEMENTS = 12;

function* withOneElement({ plan }: RandomTape, program: TapeProgram): Generator<TapeProgram> {
  const [output, ...others] = plan.outputs;
  if (others.length > 0) return;
  for (let element = 0; element < Math.min(output!.tensor.size, MOST_ELEMENTS); element++)
    yield { ...program, element };
}

function rounded(x: AnyTensor, digits: number): AnyTensor {
  const values = Float64Array.from(x.data(), (value) => Number(value.toFixed(digits)) + 0);
  return adopt(values, x.shape as Shape);
}
