import {
  type AnyTensor,
  ArgumentError,
  arange,
  checkOptions,
  concat,
  DTypeError,
  type FloatDType,
  isTensor,
  type Key,
  less,
  type OperandShape,
  permute,
  reshape,
  type Shape,
  ShapeError,
  scan,
  slice,
  splitKey,
  stack,
  type Tensor,
  treeMap,
  where,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../../context.ts";
import type { Demand, LayerRule, TakesVerdict } from "../../layer-types.ts";
import { Module } from "../../module.ts";
import { formOf } from "../check-input.ts";
import { checkFlag, checkKey, checkSizes } from "../check-options.ts";
import { Dropout } from "../dropout.ts";
import {
  type CellOptions,
  cellOptions,
  checkInput,
  checkState,
  type RecurrentCell,
  type StateForm,
  type StateOf,
} from "./recurrent-cell.ts";

export interface RecurrentOptions<D extends FloatDType = FloatDType, Both extends boolean = boolean>
  extends CellOptions<D> {
  /** How many layers stand on each other, 1 if not given. */
  readonly layers?: number;
  /** Whether each layer also goes through the sequence from its end; not, if not given. */
  readonly bidirectional?: Both;
  /** Keep probability of dropout between layers, 1 if not given. */
  readonly keep?: number;
}

export const recurrentOptions: readonly string[] = [...cellOptions, "layers", "bidirectional", "keep"];

/** The cells of a layer. */
export interface Directions<C> {
  readonly forward: C;
  /** The one that begins at the end of the sequence. */
  readonly backward: C | null;
}

/** What `forward` of a recurrent layer takes besides x. */
export interface SequenceOptions<State = unknown> {
  /** The state before the first step, [layers · directions, batch, hidden]: zeros if not given. */
  readonly state?: State | undefined;
  /** int32 [batch]: how many steps of each sequence there are before padding; all, if not given. */
  readonly lengths?: AnyTensor | undefined;
}

export interface Recurred<Out, State> {
  /** [batch, time, hidden], or both directions beside each other. */
  readonly output: Out;
  /** After the last step of each layer and direction, [layers · directions, batch, hidden]. */
  readonly state: State;
}

type BatchOf<S extends Shape> = S extends readonly [infer B extends number, number, number] ? B : number;
type TimeOf<S extends Shape> = S extends readonly [number, infer T extends number, number] ? T : number;
type Result<X, Hidden extends number, D extends FloatDType, Both extends boolean, F extends StateForm> = Recurred<
  Tensor<readonly [BatchOf<OperandShape<X>>, TimeOf<OperandShape<X>>, [Both] extends [false] ? Hidden : number], D>,
  StateOf<F, Tensor<readonly [number, BatchOf<OperandShape<X>>, Hidden], D>>
>;

/** The rule of a recurrent layer. */
export interface RecurrentRule<
  In extends number,
  Hidden extends number,
  D extends FloatDType,
  Both extends boolean,
  F extends StateForm,
> extends LayerRule {
  readonly output: Result<this["input"], Hidden, D, Both, F>;
  readonly takes: In;
}

/** Layers of cells over sequences: what `Rnn`, `Lstm` and `Gru` have in common, which is all but the cell. */
export abstract class Recurrent<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = FloatDType,
  Both extends boolean = boolean,
  F extends StateForm = StateForm,
  C extends RecurrentCell<number, Hidden, D, F> = RecurrentCell<number, Hidden, D, F>,
> extends Module {
  declare readonly "~rule": RecurrentRule<In, Hidden, D, Both, F>;
  readonly layers: readonly Directions<C>[];
  readonly dropout: Dropout;

  /** @param make a cell for inputs of some width */
  constructor(
    inFeatures: In,
    hidden: Hidden,
    options: RecurrentOptions<D, Both>,
    make: (width: number, options: CellOptions<D>) => C,
  ) {
    super();
    const { name } = this.constructor;
    const key = checkKey(name, `${name}(${inFeatures}, ${hidden}`, options);
    const { layers = 1, bidirectional = false, keep = 1, ...own } = options;
    checkSizes(name, "layers", layers);
    checkSizes(name, "features", inFeatures, hidden);
    checkFlag(name, { bidirectional });
    this.dropout = new Dropout(keep);
    const keys = splitKey(key, layers) as readonly Key[];
    this.layers = keys.map((k, layer) => {
      const [first, second] = splitKey(k) as [Key, Key];
      const width = layer === 0 ? inFeatures : bidirectional ? 2 * hidden : hidden;
      return {
        forward: make(width, { ...own, key: first }),
        backward: bidirectional ? make(width, { ...own, key: second }) : null,
      };
    });
  }

  get inFeatures(): In {
    return this.layers[0]!.forward.inFeatures as In;
  }

  get hidden(): Hidden {
    return this.layers[0]!.forward.hidden;
  }

  /** See `Lstm`. */
  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", In, OperandShape<X>>>,
    context: Context = evaluation,
    options: SequenceOptions<StateOf<F, AnyTensor>> = {},
  ): Result<X, Hidden, D, Both, F> {
    checkContext(this, context);
    const name = context.nameOf(this);
    const cells = this.layers.flatMap(({ forward, backward }) => (backward === null ? [forward] : [forward, backward]));
    checkInput(name, x, cells[0]!, "[batch, time, in]");
    checkOptions(name, options, "state", "lengths");
    const [batch, time] = (x as AnyTensor).shape as readonly [number, number, number];
    const zero = cells[0]!.start([cells.length, batch, this.hidden]);
    const { state = zero, lengths } = options;
    checkState(name, state, zero);
    const valid = lengths === undefined ? null : validSteps(name, lengths, batch, time);

    // Steps come first, for the loop. What padding holds reaches nothing: NaN there, times a gradient of 0, would be NaN.
    let sequence = permute(x as AnyTensor, [1, 0, 2]) as AnyTensor;
    if (valid !== null) sequence = where(valid as never, sequence, 0) as AnyTensor;
    const ends: unknown[] = [];
    for (const [layer, { forward, backward }] of this.layers.entries()) {
      if (layer > 0) sequence = this.dropout.forward(sequence, context);
      const outputs = [forward, backward]
        .filter((cell) => cell !== null)
        .map((cell, direction) => {
          const start = treeMap(state, ({ value }) => slice(value as AnyTensor, [ends.length])) as StateOf<
            F,
            AnyTensor
          >;
          const { output, end } = run(cell, sequence, start, valid, direction === 1);
          ends.push(end);
          return output;
        });
      sequence = outputs.length === 1 ? outputs[0]! : (concat(outputs, -1) as AnyTensor);
    }
    const [first, ...others] = ends;
    const end = treeMap(first, ({ value }, ...beside) => stack([value, ...beside] as AnyTensor[]), ...others);
    return { output: permute(sequence, [1, 0, 2]), state: end } as unknown as Result<X, Hidden, D, Both, F>;
  }
}

/** One direction of one layer, over [time, batch, width]. */
function run<F extends StateForm>(
  cell: RecurrentCell<number, number, FloatDType, F>,
  sequence: AnyTensor,
  start: StateOf<F, AnyTensor>,
  valid: AnyTensor | null,
  reverse: boolean,
): { output: AnyTensor; end: unknown } {
  const step = (before: unknown, at: { logits: AnyTensor; valid: AnyTensor | null }): [unknown, AnyTensor] => {
    const next = cell.step(at.logits, before as StateOf<F, AnyTensor>);
    const output = cell.outputOf(next);
    if (at.valid === null) return [next, output];
    const now = at.valid as Tensor<Shape, "bool">;
    const kept = treeMap(next, ({ value }, old) => where(now, value as AnyTensor, old as AnyTensor), before);
    return [kept, where(now, output, 0) as AnyTensor];
  };
  const [end, output] = scan(step as never, start, { logits: cell.project(sequence), valid }, { reverse });
  return { output: output as AnyTensor, end };
}

/** Whether a step is one of a sequence: [time, batch, 1]. @throws ShapeError, DTypeError for what are no lengths. */
function validSteps(name: string, lengths: AnyTensor, batch: number, time: number): AnyTensor {
  if (!isTensor(lengths) || lengths.rank !== 1 || lengths.shape[0] !== batch) {
    throw new ShapeError(name, `lengths are ${formOf(lengths)}`, `give [${batch}], one for each sequence`);
  }
  if (lengths.dtype !== "int32") {
    throw new DTypeError(name, `lengths are ${lengths.dtype}`, 'make them with { dtype: "int32" }');
  }
  const steps = reshape(arange(0, time, 1, { dtype: "int32" }) as AnyTensor, [time, 1, 1]);
  return less(steps, reshape(lengths, [batch, 1])) as AnyTensor;
}

/** A recurrent layer of given cells. @throws ArgumentError, ShapeError when they do not fit each other. */
export function recurrentOf<R extends Recurrent>(
  prototype: R,
  cellClass: { readonly name: string; readonly prototype: RecurrentCell },
  layers: readonly Directions<RecurrentCell>[],
  keep: number,
): R {
  const name = `${prototype.constructor.name}.of`;
  const [first] = Array.isArray(layers) ? layers : [];
  if (first === undefined) throw new ArgumentError(name, "there are no layers", "give [{ forward, backward: null }]");
  for (const [i, directions] of layers.entries()) {
    const { forward, backward } = directions;
    const isCell = (cell: unknown): boolean => Object.prototype.isPrototypeOf.call(cellClass.prototype, cell as object);
    if (isCell(forward) && (backward === null || isCell(backward))) continue;
    const advice = `give { forward, backward } of ${cellClass.name}, with null for no backward`;
    throw new ArgumentError(name, `layer ${i} is not made of cells`, advice);
  }
  const { hidden, weightHh } = first.forward;
  const width = first.backward === null ? hidden : 2 * hidden;
  for (const [i, { forward, backward }] of layers.entries()) {
    if ((backward === null) !== (first.backward === null)) {
      throw new ArgumentError(
        name,
        `layer ${i} has other directions than layer 0`,
        "give each a backward cell, or none",
      );
    }
    const wanted = i === 0 ? first.forward.inFeatures : width;
    for (const cell of backward === null ? [forward] : [forward, backward]) {
      if (cell.inFeatures === wanted && cell.hidden === hidden && cell.weightHh.dtype === weightHh.dtype) continue;
      const show = ({ weightIh }: RecurrentCell): string => `${weightIh.dtype} [${weightIh.shape.join(", ")}]`;
      const problem = `weights of the input of ${show(first.forward)} and, in layer ${i}, ${show(cell)} do not fit`;
      throw new ShapeError(name, problem, `give a cell of ${wanted} features and a state of ${hidden}`);
    }
  }
  return Object.assign(Object.create(prototype), { layers, dropout: new Dropout(keep) });
}
