import {
  type AnyTensor,
  ArgumentError,
  add,
  arange,
  cast,
  checkOptions,
  concat,
  cos,
  DTypeError,
  type FloatDType,
  isFloat,
  isTensor,
  type Key,
  mul,
  reshape,
  ShapeError,
  sin,
  slice,
  split,
  stack,
  sub,
  type Tensor,
  take,
  tensor,
} from "@tapegrad/core/functions";
import { type Context, checkContext, evaluation } from "../../context.ts";
import { drawParameter, type Initializer } from "../../init/initializer.ts";
import { normal } from "../../init/plain.ts";
import type { IdentityRule } from "../../layer-types.ts";
import { type LastAxis, Module } from "../../module.ts";
import { checkFloat, formOf } from "../check-input.ts";
import { checkKey, checkSizes } from "../check-options.ts";

/** int32 [length]: positions of the rows of a sequence, from `start` on. */
export function positionsFrom(start: number | AnyTensor, length: number): AnyTensor {
  const rows = arange(0, length, 1, { dtype: "int32" }) as AnyTensor;
  return start === 0 ? rows : (add(rows, start) as AnyTensor);
}

/** p · base^(−2i/features) for positions p and i < features/2: [length, features/2], in float64, which large angles need. */
function angles(positions: AnyTensor, features: number, base: number): AnyTensor {
  const rates = Array.from({ length: features / 2 }, (_, i) => base ** ((-2 * i) / features));
  const columns = reshape(cast(positions, "float64"), [-1, 1]) as AnyTensor;
  return mul(columns, tensor(rates, { dtype: "float64" })) as AnyTensor;
}

function checkEven(operation: string, features: number): void {
  if (Number.isSafeInteger(features) && features > 0 && features % 2 === 0) return;
  throw new ArgumentError(operation, `${features} features do not make pairs`, "give an even number of them");
}

function checkBase(operation: string, base: number): void {
  if (Number.isFinite(base) && base > 0) return;
  throw new ArgumentError(operation, `the base is ${base}`, "give a number above 0, as 10000");
}

export interface RotaryOptions {
  /** int32 [L], or floats: where in the sequence the rows stand; 0, 1, ... if not given. */
  readonly positions?: AnyTensor;
  /** 10000 if not given; a larger one turns more slowly. */
  readonly base?: number;
}

/**
 * Rows of [..., L, E] turned by their positions: features i and i + E/2 are a point in a plane, which turns by p · base^(−2i/E). The
 * product of a query and a key then depends on how far they are apart only. (Su et al., "RoFormer: enhanced transformer with rotary position
 * embedding", 2021; pairs as in GPT-NeoX and Llama.)
 * @throws ArgumentError for an odd number of features; ShapeError when there is not one position for each row.
 * @example
 * rotary(tensor([[1, 0], [1, 0]]), { positions: tensor([0, Math.PI / 2]) }).shape; // [2, 2]
 */
export function rotary<X extends AnyTensor>(x: X, options: RotaryOptions = {}): X {
  checkOptions("rotary", options, "positions", "base");
  const [length = 0, features = 0] = isTensor(x) ? (x.shape.slice(-2) as number[]) : [];
  const { positions = positionsFrom(0, length), base = 10000 } = options;
  if (!isTensor(x) || x.rank < 2 || !isTensor(positions) || positions.rank !== 1 || positions.shape[0] !== length) {
    const shapes = `x is ${formOf(x)}, positions are ${formOf(positions)}`;
    throw new ShapeError("rotary", shapes, "give x of [..., L, E] and positions of [L]");
  }
  checkEven("rotary", features);
  checkBase("rotary", base);
  if (!isFloat(x.dtype)) throw new DTypeError("rotary", `x is ${x.dtype}`, 'cast it, as in cast(x, "float32")');
  const turns = angles(positions, features, base);
  const [c, s] = [cos(turns), sin(turns)].map((part) => cast(part as AnyTensor, x.dtype) as AnyTensor) as [
    AnyTensor,
    AnyTensor,
  ];
  const [a, b] = split(x as AnyTensor, 2, -1) as unknown as readonly [AnyTensor, AnyTensor];
  const turned = [sub(mul(a, c), mul(b, s)), add(mul(b, c), mul(a, s))] as unknown as readonly AnyTensor[];
  return concat(turned, -1) as AnyTensor as X;
}

/**
 * Waves of [length, features]: sin(p / base^(2i/features)) at 2i, the cosine at 2i + 1. (Vaswani et al., "Attention is all you need",
 * 2017, section 3.5.)
 * @param positions int32 [length], or how many there are.
 * @throws ArgumentError for an odd number of features, or positions that are none; DTypeError for a dtype that holds no fractions.
 * @example
 * sinusoids(2, 4).slice([0]).toArray(); // [0, 1, 0, 1]
 */
export function sinusoids<D extends FloatDType = "float32">(
  positions: number | AnyTensor,
  features: number,
  options: { readonly base?: number; readonly dtype?: D } = {},
): Tensor<readonly [number, number], D> {
  checkOptions("sinusoids", options, "base", "dtype");
  const { base = 10000, dtype = "float32" as D } = options;
  checkEven("sinusoids", features);
  checkBase("sinusoids", base);
  if (isTensor(positions) ? positions.rank !== 1 : !(Number.isSafeInteger(positions) && positions >= 0)) {
    const given = isTensor(positions) ? formOf(positions) : String(positions);
    throw new ArgumentError("sinusoids", `the positions are ${given}`, "give a whole number of them, or [length]");
  }
  if (!isFloat(dtype)) throw new DTypeError("sinusoids", `the dtype is ${dtype}`, "waves are floats");
  const rows = isTensor(positions) ? positions : positionsFrom(0, positions);
  const turns = angles(rows, features, base);
  const waves = reshape(stack([sin(turns), cos(turns)] as AnyTensor[], 2) as AnyTensor, [rows.shape[0]!, features]);
  return cast(waves, dtype) as AnyTensor as Tensor<readonly [number, number], D>;
}

export interface PositionOptions {
  /** The position of the first row, a number or an int32 scalar: 0 if not given, else where a sequence goes on, step by step. */
  readonly start?: number | AnyTensor;
}

function checkSequence(
  module: Module,
  context: Context,
  x: AnyTensor,
  features: number,
  options: PositionOptions,
): void {
  checkContext(module, context);
  const name = context.nameOf(module);
  checkOptions(name, options, "start");
  const { start = 0 } = options;
  const isPlace = isTensor(start)
    ? start.dtype === "int32" && start.rank === 0
    : Number.isSafeInteger(start) && start >= 0;
  if (!isPlace)
    throw new ArgumentError(name, `start is ${start}`, "give a whole number, 0 or more, or an int32 scalar");
  if (isTensor(x) && x.rank >= 2 && x.shape.at(-1) === features) return;
  throw new ShapeError(
    name,
    `x is ${formOf(x)}, positions have ${features} features`,
    `give [..., length, ${features}]`,
  );
}

/**
 * Adds waves to [..., length, features], by which a layer without a sense of order can tell positions: see `sinusoids`.
 * @throws ArgumentError for an odd number of features; ShapeError in `forward` for an x of others.
 * @example
 * new SinusoidalPositions(4).forward(zeros([1, 2, 4])).slice([0, 0]).toArray(); // [0, 1, 0, 1]
 */
export class SinusoidalPositions extends Module {
  declare readonly "~rule": IdentityRule;
  readonly features: number;
  readonly base: number;

  constructor(features: number, options: { readonly base?: number } = {}) {
    super();
    checkOptions("SinusoidalPositions", options, "base");
    checkEven("SinusoidalPositions", features);
    this.features = features;
    this.base = options.base ?? 10000;
    checkBase("SinusoidalPositions", this.base);
  }

  override get lastAxis(): LastAxis {
    return { takes: this.features, gives: "same" };
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation, options: PositionOptions = {}): X {
    const { features, base } = this;
    checkSequence(this, context, x, features, options);
    const positions = positionsFrom(options.start ?? 0, x.shape.at(-2)!);
    const dtype = x.dtype === "float64" ? "float64" : "float32";
    return add(x as AnyTensor, sinusoids(positions, features, { base, dtype })) as AnyTensor as X;
  }
}

export interface LearnedPositionsOptions<D extends FloatDType = FloatDType> {
  /** Where the initial values are drawn from. */
  readonly key: Key;
  /** `init.normal({ std: 0.02 })` if not given. */
  readonly initializer?: Initializer;
  /** float32 if not given. */
  readonly dtype?: D;
}

/**
 * Adds a trained row for each position to [..., length, features], up to a longest sequence. (Gehring et al., "Convolutional sequence
 * to sequence learning", 2017.)
 * @throws ArgumentError without a key or for sizes that are no positive whole numbers; ShapeError in `forward` for longer sequences.
 * @example
 * new LearnedPositions(8, 4, { key: key(0) }).forward(zeros([1, 2, 4])).shape; // [1, 2, 4]
 */
export class LearnedPositions<D extends FloatDType = "float32"> extends Module {
  declare readonly "~rule": IdentityRule;
  /** [longest, features] */
  readonly weight: Tensor<readonly [number, number], D>;

  constructor(longest: number, features: number, options: LearnedPositionsOptions<D>) {
    super();
    checkOptions("LearnedPositions", options ?? {}, "key", "initializer", "dtype");
    checkSizes("LearnedPositions", "positions", longest);
    checkSizes("LearnedPositions", "features", features);
    const key = checkKey("LearnedPositions", `LearnedPositions(${longest}, ${features}`, options);
    const { initializer = normal({ std: 0.02 }), dtype = "float32" as D } = options;
    this.weight = drawParameter("LearnedPositions", initializer, key, [longest, features] as const, dtype);
  }

  override get lastAxis(): LastAxis {
    return { takes: this.weight.shape[1], gives: "same" };
  }

  override forward<X extends AnyTensor>(x: X, context: Context = evaluation, options: PositionOptions = {}): X {
    const [longest, features] = this.weight.shape;
    checkSequence(this, context, x, features, options);
    const { start = 0 } = options;
    const length = x.shape.at(-2)!;
    checkFloat(this, context, x, this.weight);
    if (length + (isTensor(start) ? 0 : start) > longest) {
      const problem = `position ${length + (start as number) - 1} is asked for, the last is ${longest - 1}`;
      throw new ShapeError(context.nameOf(this), problem, "make it for longer sequences");
    }
    const weight = this.weight as AnyTensor;
    const rows = isTensor(start)
      ? take(weight, positionsFrom(start, length))
      : slice(weight, [[start, start + length]]);
    return add(x as AnyTensor, rows as AnyTensor) as AnyTensor as X;
  }
}
