import {
  type AnyTensor,
  type Applied,
  type Entry,
  foldIn,
  isFloat,
  type Key,
  key as keyOf,
  type OpDef,
  ones,
  record,
  sameShape,
  zerosLike,
} from "@tapegrad/core";
import type { Call } from "./check-sample.ts";
import { rulesOf } from "./mutate-normalize.ts";
import { definitionOf, type Mutation } from "./mutate-rule.ts";
import { sumsOf, type Trace, traceRule } from "./mutate-term.ts";
import { drawArguments, replaceIn } from "./sample-arguments.ts";

/** A part in ten thousand: what a check that compares to a few digits does not see. */
const SLIGHTLY = 1.0001;

/**
 * Mistakes that can be planted in an operation: those that change what the rules do at one of its samples. None for operations without
 * gradient rules, and for composites.
 * @param seed of the arguments at which that is seen.
 * @example
 * mutationsOf(exp).map(({ kind }) => kind).includes("stale saved value"); // true
 */
export function mutationsOf(operation: unknown, seed = 1): Mutation[] {
  const definition = definitionOf(operation);
  if (definition?.vjp === undefined) return [];
  const { pull, push } = rulesOf(definition);
  const runs = executionsOf(operation as Call, definition, keyOf(seed));
  const mutations: Mutation[] = [];
  const inputs = Math.max(0, ...runs.map(({ inputs }) => inputs.length));
  for (let input = 0; input < inputs; input++) {
    const probes = runs.flatMap((at) => {
      if (input >= at.inputs.length || !isFloat(at.inputs[input]!.dtype)) return [];
      const received = at.outputs.map(({ dtype }) => isFloat(dtype));
      const cotangents = at.outputs.map((y, i) =>
        received[i] ? (ones(y.shape, { dtype: y.dtype }) as AnyTensor) : zerosLike(y),
      );
      const trace = traceRule((gs, own) => pull(input, gs, own, received), cotangents, at);
      return trace.result === null ? [] : [new Probe(at, trace, trace.result, input)];
    });
    if (probes.length === 0) continue;
    const others = [...Array(inputs).keys()].filter((other) => other > input && hasRule(definition, other));
    mutations.push(...reverseMutations(input, probes, others), ...secondOrderMutations(input, probes));
    if (push !== undefined) mutations.push(...forwardMutations(input));
  }
  return mutations;
}

/** What an operation did at each of its samples. */
function executionsOf(run: Call, definition: OpDef, key: Key): Applied[] {
  return definition.samples.flatMap(({ args }, i) => {
    const drawn = drawArguments(args, foldIn(key, i));
    const { tape } = record((floats: readonly AnyTensor[]) =>
      run(...replaceIn(drawn.args, new Map(drawn.floats.map((x, j) => [x, floats[j]])))),
    )(drawn.floats);
    const entry = tape.entries.find(({ operation }) => operation === definition);
    return entry === undefined ? [] : [{ ...entry, output: entry.outputs[0]! }];
  });
}

function hasRule({ vjp }: OpDef, input: number): boolean {
  return typeof vjp === "function" || (vjp?.[input] ?? null) !== null;
}

/** A rule that was run once. */
class Probe {
  readonly #at: Applied;
  readonly #trace: Trace;
  readonly result: AnyTensor;
  readonly #input: number;

  constructor(at: Applied, trace: Trace, result: AnyTensor, input: number) {
    this.#at = at;
    this.#trace = trace;
    this.result = result;
    this.#input = input;
  }

  get terms(): number {
    return 2 * sumsOf(this.#trace.entries).length;
  }

  /** Whether un-broadcasting sums the result up. */
  get isBroadcast(): boolean {
    return !sameShape(this.result.shape, this.#at.inputs[this.#input]!.shape);
  }

  /** How many inputs and outputs there are. */
  get values(): number {
    return this.#at.inputs.length + this.#at.outputs.length;
  }

  /** Whether the result is made from a value, counted through inputs and outputs; if `smoothly`, by operations with a gradient. */
  usesValue(of: number, smoothly: boolean): boolean {
    const { inputs, outputs } = this.#trace.given;
    const value = [...inputs, ...outputs][of];
    return value !== undefined && isFloat(value.dtype) && this.#reaches([value], smoothly);
  }

  usesCotangent(smoothly: boolean): boolean {
    return this.#reaches(this.#trace.given.cotangents, smoothly);
  }

  #reaches(from: readonly AnyTensor[], smoothly: boolean): boolean {
    const reached = new Set(from);
    for (const entry of this.#trace.entries) {
      if (!entry.inputs.some((x, i) => reached.has(x) && (!smoothly || isSmooth(entry, i)))) continue;
      for (const output of entry.outputs) if (!smoothly || isFloat(output.dtype)) reached.add(output);
    }
    return reached.has(this.result);
  }
}

function isSmooth({ operation }: Entry, input: number): boolean {
  const definition = operation as OpDef;
  return definition.vjp !== undefined && hasRule(definition, input);
}

function reverseMutations(input: number, probes: readonly Probe[], others: readonly number[]): Mutation[] {
  const of = { input, mode: "reverse", order: 1 } as const;
  const most = (count: (probe: Probe) => number): number[] => [...Array(Math.max(...probes.map(count))).keys()];
  const some = (holds: (probe: Probe) => boolean): boolean => probes.some(holds);
  return [
    { ...of, kind: "scale", factor: SLIGHTLY },
    { ...of, kind: "scale", factor: 2 },
    { ...of, kind: "sign" },
    { ...of, kind: "dropped input" },
    { ...of, kind: "dropped element" },
    ...most(({ terms }) => terms).map((term) => ({ ...of, kind: "dropped term", of: term }) as const),
    ...others.map((other) => ({ ...of, kind: "swapped operands", of: other }) as const),
    ...(some(({ isBroadcast }) => isBroadcast) ? [{ ...of, kind: "missing un-broadcast" } as const] : []),
    ...(some(({ result }) => result.rank > 1) ? [{ ...of, kind: "wrong axis" } as const] : []),
    ...(some(({ result }) => result.rank > 0) ? [{ ...of, kind: "off by one" } as const] : []),
    ...(some((probe) => probe.usesCotangent(false)) ? [{ ...of, kind: "ignored cotangent" } as const] : []),
    ...most(({ values }) => values)
      .filter((value) => some((probe) => probe.usesValue(value, false)))
      .map((value) => ({ ...of, kind: "stale saved value", of: value }) as const),
  ];
}

function forwardMutations(input: number): Mutation[] {
  const [forward, both] = (["forward", "both"] as const).map((mode) => ({ input, mode, order: 1 }) as const);
  return [
    { ...forward!, kind: "scale", factor: SLIGHTLY },
    { ...forward!, kind: "sign" },
    { ...forward!, kind: "dropped input" },
    { ...both!, kind: "scale", factor: SLIGHTLY },
    { ...both!, kind: "scale", factor: 2 },
    { ...both!, kind: "sign" },
    { ...both!, kind: "dropped input" },
  ];
}

/** Rules that are right themselves, but whose derivatives are not. */
function secondOrderMutations(input: number, probes: readonly Probe[]): Mutation[] {
  const of = { input, mode: "reverse", order: 2 } as const;
  const values = [...Array(Math.max(...probes.map(({ values }) => values))).keys()];
  const detached = values.filter((value) => probes.some((probe) => probe.usesValue(value, true)));
  const isLinear = probes.some((probe) => probe.usesCotangent(true));
  return [
    ...(isLinear ? [{ ...of, kind: "detached cotangent" } as const] : []),
    ...detached.map((value) => ({ ...of, kind: "detached value", of: value }) as const),
    ...(isLinear || detached.length > 0
      ? [
          { ...of, kind: "scaled derivative", factor: SLIGHTLY } as const,
          { ...of, kind: "scaled derivative", factor: 2 } as const,
        ]
      : []),
  ];
}
