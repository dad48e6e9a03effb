import {
  type AnyTensor,
  ArgumentError,
  add,
  checkOptions,
  concat,
  DTypeError,
  type FloatDType,
  isFloat,
  isTensor,
  type Key,
  linear,
  type OperandShape,
  type Shape,
  ShapeError,
  splitKey,
  type Tensor,
  treeLeaves,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../../context.ts";
import { glorotUniform } from "../../init/glorot.ts";
import { drawParameter, type Initializer } from "../../init/initializer.ts";
import { orthogonal } from "../../init/orthogonal.ts";
import { constant, zeros } from "../../init/plain.ts";
import type { Demand, LayerRule, TakesVerdict, WithLast } from "../../layer-types.ts";
import { Module } from "../../module.ts";
import { formOf } from "../check-input.ts";
import { checkKey, checkSizes } from "../check-options.ts";

/** What is carried from step to step, given the type of one tensor of it; for the compiler only. */
export interface StateForm {
  readonly tensor: unknown;
  readonly state: unknown;
}
export type StateOf<F extends StateForm, T> = (F & { readonly tensor: T })["state"];

/** The state is the output. */
export interface OutputAlone extends StateForm {
  readonly state: this["tensor"];
}

export interface CellOptions<D extends FloatDType = FloatDType> {
  /** Where the initial weights are drawn from. */
  readonly key: Key;
  /** Of each gate's weight of the input, [hidden, in]: `glorotUniform` if not given. */
  readonly initializer?: Initializer;
  /** Of each gate's weight of the state, [hidden, hidden]: `orthogonal` if not given. */
  readonly recurrentInitializer?: Initializer;
  /** Whether biases are added; an initializer for each gate's two biases of [hidden] may be given. */
  readonly bias?: boolean | Initializer;
  /** float32 if not given. */
  readonly dtype?: D;
}

export const cellOptions: readonly string[] = ["key", "initializer", "recurrentInitializer", "bias", "dtype"];

/** Parameters of a cell, in PyTorch's layout: gates below each other. */
export interface CellWeights {
  /** [gates · hidden, in] */
  readonly weightIh: AnyTensor;
  /** [gates · hidden, hidden] */
  readonly weightHh: AnyTensor;
  /** [gates · hidden], or left out for none. */
  readonly biasIh?: AnyTensor | null;
  readonly biasHh?: AnyTensor | null;
}

/** The rule of a cell: from [batch, in] to a state of [batch, hidden]. */
export interface CellRule<In extends number, Hidden extends number, D extends FloatDType, F extends StateForm>
  extends LayerRule {
  readonly output: StateOf<F, Tensor<WithLast<OperandShape<this["input"]>, Hidden>, D>>;
  readonly takes: In;
}

/**
 * One step of a recurrent layer: weights of the input and of the state before it, for gates that stand below each other.
 *
 * Weights of the input are drawn with Glorot's bounds and those of the state orthogonal, gate by gate: signals then neither
 * grow nor fade over many steps (Saxe et al. 2014), as they do with PyTorch's uniform draws within ±1/√hidden. For these, give
 * `init.uniform({ low: -1 / Math.sqrt(hidden), high: 1 / Math.sqrt(hidden) })` as all three initializers.
 */
export abstract class RecurrentCell<
  In extends number = number,
  Hidden extends number = number,
  D extends FloatDType = FloatDType,
  F extends StateForm = StateForm,
> extends Module {
  declare readonly "~rule": CellRule<In, Hidden, D, F>;
  readonly weightIh: Tensor<readonly [number, In], D>;
  readonly weightHh: Tensor<readonly [number, Hidden], D>;
  readonly biasIh: Tensor<readonly [number], D> | null;
  readonly biasHh: Tensor<readonly [number], D> | null;

  /** @param starts for each gate the value at which its bias begins */
  constructor(inFeatures: In, hidden: Hidden, options: CellOptions<D>, starts: readonly number[]) {
    super();
    const { name } = this.constructor;
    checkSizes(name, "features", inFeatures, hidden);
    const key = checkKey(name, `${name}(${inFeatures}, ${hidden}`, options);
    const { initializer = glorotUniform, recurrentInitializer = orthogonal, bias = true } = options;
    const dtype = options.dtype ?? ("float32" as D);
    const [ih, hh, bi, bh] = splitKey(key, 4) as unknown as readonly [Key, Key, Key, Key];
    const draw = (of: (gate: number) => Initializer, from: Key, shape: Shape): AnyTensor => {
      const keys = splitKey(from, starts.length) as readonly Key[];
      return concat(keys.map((k, gate) => drawParameter(name, of(gate), k, shape, dtype))) as AnyTensor;
    };
    const given = (start: (gate: number) => Initializer) => (bias === true || bias === false ? start : () => bias);
    this.weightIh = draw(() => initializer, ih, [hidden, inFeatures]) as never;
    this.weightHh = draw(() => recurrentInitializer, hh, [hidden, hidden]) as never;
    const startOf = (gate: number): Initializer => constant(starts[gate]!);
    this.biasIh = bias === false ? null : (draw(given(startOf), bi, [hidden]) as never);
    const startAtZero = (): Initializer => zeros;
    this.biasHh = bias === false ? null : (draw(given(startAtZero), bh, [hidden]) as never);
  }

  /** How many gates stand below each other in the weights. */
  abstract get gates(): number;

  /**
   * The state after a step.
   * @param logits what `project` makes of the input of the step, [batch, gates · hidden]
   */
  abstract step(logits: AnyTensor, state: StateOf<F, AnyTensor>): StateOf<F, AnyTensor>;

  /** The output of a step, [batch, hidden], which is a part of the state. */
  abstract outputOf(state: StateOf<F, AnyTensor>): AnyTensor;

  /** The state before the first step: zeros of a shape such as [batch, hidden]. */
  abstract start(shape: Shape): StateOf<F, AnyTensor>;

  get inFeatures(): In {
    return this.weightIh.shape[1];
  }

  get hidden(): Hidden {
    return this.weightHh.shape[1];
  }

  /** The part of the gates' logits that comes from the input, [..., in]: for all steps at once, if all are known. */
  project(x: AnyTensor): AnyTensor {
    const bias = this.inputBias();
    return (bias === null ? linear(x, this.weightIh) : linear(x, this.weightIh, bias)) as AnyTensor;
  }

  /** The biases that can be added before the state is known: here, both. */
  inputBias(): AnyTensor | null {
    const { biasIh, biasHh } = this;
    if (biasIh === null || biasHh === null) return biasIh ?? biasHh;
    return add(biasIh as AnyTensor, biasHh as AnyTensor) as AnyTensor;
  }

  /**
   * The state after one step.
   * @param x [batch, in]
   * @param state that before it, of [batch, hidden]; zeros if not given.
   * @throws ShapeError, DTypeError when they do not fit the weights.
   */
  override forward<X extends AnyTensor>(
    x: X & Demand<TakesVerdict<"forward", In, OperandShape<X>>>,
    context: Context = evaluation,
    state?: StateOf<F, AnyTensor>,
  ): StateOf<F, Tensor<WithLast<OperandShape<X>, Hidden>, D>> {
    checkContext(this, context);
    const name = context.nameOf(this);
    checkInput(name, x, this, "[batch, in]");
    const start = this.start([(x as AnyTensor).shape[0]!, this.hidden]);
    if (state !== undefined) checkState(name, state, start);
    return this.step(this.project(x), state ?? start) as StateOf<F, Tensor<WithLast<OperandShape<X>, Hidden>, D>>;
  }
}

/** A cell with given weights. @throws ShapeError, DTypeError, ArgumentError when they do not fit. */
export function cellOf<C extends RecurrentCell>(prototype: C, given: CellWeights, fields: object = {}): C {
  const name = `${prototype.constructor.name}.of`;
  checkOptions(name, given, "weightIh", "weightHh", "biasIh", "biasHh");
  const { weightIh, weightHh, biasIh = null, biasHh = null } = given;
  const rows = prototype.gates * (weightHh?.shape?.[1] ?? 0);
  const fits = (value: AnyTensor | null, rank: number): boolean =>
    isTensor(value) && value.rank === rank && value.shape[0] === rows;
  const biases = [biasIh, biasHh].filter((bias) => bias !== null);
  if (!fits(weightIh, 2) || !fits(weightHh, 2) || !biases.every((bias) => fits(bias, 1))) {
    const shapes = [weightIh, weightHh, ...biases].map(formOf);
    const rule = `give [${prototype.gates} · hidden, in], [${prototype.gates} · hidden, hidden] and biases of [${prototype.gates} · hidden]`;
    throw new ShapeError(name, `${shapes.join(", ")} make no cell of ${prototype.gates} gates`, rule);
  }
  const odd = [weightIh, weightHh, ...biases].find(({ dtype }) => dtype !== weightIh.dtype || !isFloat(dtype));
  if (odd !== undefined) {
    throw new DTypeError(name, `a weight is ${odd.dtype} beside ${weightIh.dtype}`, "give floats of one dtype");
  }
  return Object.assign(Object.create(prototype), { weightIh, weightHh, biasIh, biasHh, ...fields });
}

/** @throws ShapeError, DTypeError for an x that a cell does not take; @param axes those it has, as `[batch, in]` */
export function checkInput(name: string, x: unknown, { weightIh }: RecurrentCell, axes: string): void {
  const rank = axes.split(",").length;
  if (!isTensor(x) || x.rank !== rank || x.shape.at(-1) !== weightIh.shape[1]) {
    const shapes = `x is ${formOf(x)}, the weight of the input ${formOf(weightIh)}`;
    throw new ShapeError(name, shapes, `give ${axes.replace("in]", `${weightIh.shape[1]}]`)}`);
  }
  if (isFloat(x.dtype) && x.dtype !== weightIh.dtype) {
    const dtypes = `x is ${x.dtype}, the weights are ${weightIh.dtype}`;
    throw new DTypeError(name, dtypes, `cast one, as in cast(x, "${weightIh.dtype}")`);
  }
}

/** @throws ArgumentError, ShapeError, DTypeError for a state of another form than that of zeros. */
export function checkState(name: string, state: unknown, zero: unknown): void {
  const [given, wanted] = [treeLeaves(state), treeLeaves(zero)] as const;
  if (form(given) !== form(wanted)) {
    throw new ArgumentError(name, `the state is ${form(given)}`, `give ${form(wanted)}, or leave the state out`);
  }
  for (const [i, leaf] of given.entries()) {
    const { path, value } = leaf as { path: string; value: AnyTensor };
    const at = path === "" ? "the state" : `the state's ${path}`;
    const { shape, dtype } = wanted[i]!.value as AnyTensor;
    if (`${value.shape}` !== `${shape}`) {
      throw new ShapeError(name, `${at} is [${value.shape.join(", ")}]`, `give [${shape.join(", ")}]`);
    }
    if (value.dtype !== dtype) {
      throw new DTypeError(name, `${at} is ${value.dtype}, the weights are ${dtype}`, `cast it to "${dtype}"`);
    }
  }
}

/** What a state is made of, in words. */
function form(leaves: readonly { readonly path: string; readonly value: unknown }[]): string {
  if (leaves.length === 0) return "without a tensor";
  if (leaves.some(({ value }) => !isTensor(value))) return "with a key";
  return leaves[0]!.path === "" ? "a tensor" : `{ ${leaves.map(({ path }) => path).join(", ")} }`;
}
