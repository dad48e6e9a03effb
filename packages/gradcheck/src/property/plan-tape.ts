import {
  type AnyTensor,
  add,
  adopt,
  type Checked,
  cast,
  Draw,
  foldIn,
  isTensor,
  type Key,
  key as keyOf,
  mul,
  slice,
  sum,
  treeLeaves,
  uniform,
} from "@tapegrad/core";
import { isConstant } from "../check-sample.ts";
import { positionOf } from "../position-of.ts";
import { rescaleSample } from "../rescale-sample.ts";
import { drawArguments, leavesOf, mapLeaves } from "../sample-arguments.ts";
import { Expression, evaluate, evaluateTensor, Variable } from "./expression.ts";
import { call, feed, placesFor } from "./feed.ts";

/** An operation or a composite, as a namespace exports it. */
export type Operation = ((...args: never[]) => unknown) & { readonly definition: Checked };

/**
 * A value on a random tape: which result of which producer. Producers are the inputs, and then the nodes. Both numbers are counted modulo
 * how many there are, so that every place is valid; negative ones count from the end.
 */
export type Place = readonly [producer: number, result: number];

/** One call on a random tape. */
export interface TapeNode {
  readonly operation: Operation;
  /** Which sample of the operation, counted modulo how many it has. */
  readonly sample: number;
  /** Where each float64 draw of the sample is fed from; used in turn where there are fewer of them. */
  readonly sources: readonly Place[];
  /** Seed of its constants. */
  readonly seed: number;
  /** Axis lengths of the sample that are replaced by others. */
  readonly lengths?: readonly (readonly [from: number, to: number])[];
}

/** What a random tape is made from: any such numbers are valid. */
export interface TapeProgram {
  readonly inputs: readonly AnyTensor[];
  readonly nodes: readonly TapeNode[];
  /** Values that the loss is made of; besides them all that no node uses, unless `only` is set. */
  readonly outputs: readonly Place[];
  readonly only?: boolean;
  /** Seed of the cotangents of the outputs. */
  readonly seed: number;
  /** The one element, counted modulo how many an output has, that the loss is made of. */
  readonly element?: number;
}

/** A value of a plan. */
export interface PlannedValue {
  readonly place: Place;
  readonly term: Variable;
  /** What it is at the inputs. */
  readonly tensor: AnyTensor;
}

/** A random tape as a straight-line program. */
export interface Plan {
  /** Calls in order; each gives the variable that comes after the inputs and all earlier calls. */
  readonly lines: readonly Expression[];
  readonly values: readonly PlannedValue[];
  /** What each node was fed from. */
  readonly sources: readonly (readonly PlannedValue[])[];
  readonly outputs: readonly PlannedValue[];
  readonly loss: Expression | Variable;
}

/** Runs a program at its own inputs, deciding on the way how each draw is fed. */
export function planTape(program: TapeProgram): Plan {
  const planner = new Planner(program.inputs);
  const sources = program.nodes.map((node) => planner.add(node));
  const { lines, producers } = planner;
  const values = producers.flat();
  const named = program.outputs.map((place) => planner.resolve(place));
  const used = new Set(sources.flat());
  const outputs =
    program.only && named.length > 0
      ? [...new Set(named)]
      : values.filter((value) => named.includes(value) || !used.has(value));
  const loss = outputs
    .map((value, i) => weigh(value, foldIn(keyOf(program.seed), i), program.element))
    .reduce<Expression | Variable | undefined>((total, term) => (total ? call({ add }, total, term) : term), undefined);
  return { lines, values, sources, outputs, loss: loss! };
}

class Planner {
  readonly lines: Expression[] = [];
  /** The values of each producer. */
  readonly producers: PlannedValue[][];
  /** What all variables are at the inputs. */
  readonly #variables: unknown[];
  /** Values fed as they were before: reuse of a tensor, not of a copy. */
  readonly #fed = new Map<string, Variable>();

  constructor(inputs: readonly AnyTensor[]) {
    this.#variables = [...inputs];
    this.producers = inputs.map((tensor, i) => [{ place: [i, 0], term: new Variable(i), tensor }]);
  }

  /** Runs a node, and gives what it was fed from. */
  add({ operation, sample: which, sources, seed, lengths }: TapeNode): PlannedValue[] {
    const { name, samples } = operation.definition;
    const original = samples[which % samples.length]!;
    const { args } = lengths ? rescaleSample(original, new Map(lengths)) : original;
    const draws = [...new Set(leavesOf(args).filter((leaf) => leaf instanceof Draw))];
    // What has no gradient on purpose gets constants: there is nothing to compare with differences.
    const isFed = ({ dtype }: Draw): boolean => dtype === "float64" && !isConstant(operation.definition);
    const floats = draws.filter(isFed);
    const others = draws.filter((draw) => !isFed(draw));
    const key = keyOf(seed);
    const places = placesFor(floats, foldIn(key, 0));
    const replacements = new Map<unknown, unknown>(
      drawArguments(others, foldIn(key, 1)).tensors.map(({ draw, tensor }) => [draw, tensor]),
    );
    const values = floats.map((_, i) => this.resolve(sources[i % sources.length]!, true));
    floats.forEach((draw, i) => {
      const { term, tensor, place } = values[i]!;
      // The same value for the same draw at another place is the same tensor, where no draw of the node wants distinct ones.
      const recipe = JSON.stringify([place, draw, places.size > 0 ? [this.producers.length, i] : null]);
      const fed = () => this.#variable(feed(term, tensor, draw, places.get(draw), foldIn(key, 2 + i)));
      const variable = this.#fed.get(recipe) ?? fed();
      this.#fed.set(recipe, variable);
      replacements.set(draw, variable);
    });
    const replaced = mapLeaves(args, (leaf) => replacements.get(leaf) ?? leaf) as readonly unknown[];
    this.#produce(this.#variable(new Expression(name, operation, replaced)));
    return values;
  }

  /** The value at a place; with `full` the next one that has elements: if the producer has none, one of those before it. */
  resolve([producer, result]: Place, full = false): PlannedValue {
    const { producers } = this;
    for (let steps = 0; ; steps++) {
      const own = producers[modulo(producer, producers.length) - steps]!;
      const fitting = own.filter(({ tensor }) => !full || tensor.size > 0);
      if (fitting.length === 0) continue;
      const wanted = own[modulo(result, own.length)]!;
      return fitting.includes(wanted) ? wanted : fitting[modulo(result, fitting.length)]!;
    }
  }

  /** Adds the float64 results of a call, and those of integers and bool in float64: decisions, with a gradient of 0. */
  #produce({ index }: Variable): void {
    const results: PlannedValue[] = [];
    for (const { value, path } of treeLeaves(this.#variables[index])) {
      if (!isTensor(value) || value.dtype === "float32") continue;
      const own = new Variable(index, path);
      const term = value.dtype === "float64" ? own : this.#variable(call({ cast }, own, "float64"));
      const place = [this.producers.length, results.length] as const;
      results.push({ place, term, tensor: evaluateTensor(term, this.#variables) });
    }
    this.producers.push(results);
  }

  /** A term as a variable, with a line of its own unless it is one. */
  #variable(term: Expression | Variable): Variable {
    if (term instanceof Variable) return term;
    this.lines.push(term);
    return new Variable(this.#variables.push(evaluate(term, this.#variables)) - 1);
  }
}

const modulo = (i: number, n: number): number => ((i % n) + n) % n;

/** ⟨w, value⟩ as a scalar, with fixed weights of both signs and of such a size that all outputs count alike; or one element. */
function weigh({ term, tensor }: PlannedValue, key: Key, element: number | undefined): Expression | Variable {
  const { size, rank, shape } = tensor;
  if (size === 0) return call({ sum }, term);
  if (element !== undefined) return rank === 0 ? term : call({ slice }, term, positionOf(element % size, shape));
  const largest = Array.from(tensor.data(), Math.abs).reduce((most, x) => Math.max(most, x), 1);
  const scale = 10 ** -Math.ceil(Math.log10(Number.isFinite(largest) ? largest : 1));
  const drawn = uniform(key, [2, size], { dtype: "float64" }).data();
  const weights = Float64Array.from({ length: size }, (_, i) => {
    const weight = Number((scale * (0.5 + drawn[i]!)).toPrecision(2));
    return drawn[size + i]! < 0.5 ? -weight : weight;
  });
  if (rank === 0) return call({ mul }, term, weights[0]!);
  return call({ sum }, call({ mul }, term, adopt(weights, shape)));
}
