import { checkResult, isDetecting } from "./anomaly.ts";
import type { DType, Storage } from "./dtype.ts";
import { holds } from "./dtype.ts";
import { ArgumentError, DTypeError, type TapegradError } from "./errors.ts";
import type { Shape } from "./shape.ts";
import { isRecording, type Operation, record } from "./tape.ts";
import { type AnyTensor, isConcrete, isTensor, Tensor, unobservedly } from "./tensor.ts";

/** Shape and dtype without values. Every tensor is one. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** An executed operation, as its gradient rules see it. */
export interface Applied<A extends object = object> {
  readonly inputs: readonly AnyTensor[];
  readonly outputs: readonly AnyTensor[];
  /** The first output: the only one of most operations. */
  readonly output: AnyTensor;
  readonly attributes: A;
}

/** An operation of one example, of which a batch is to be run. */
export interface Batched<A extends object = object> {
  /** How many examples there are. */
  readonly size: number;
  /** Which inputs differ from example to example. */
  readonly batched: readonly boolean[];
  /** The inputs and results of one example. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly attributes: A;
}

/**
 * How an operation runs for a batch. `"same"`: as it is, because leading axes are free. `"aligned"`: likewise, after axes of length 1
 * made inputs of different ranks line up. `"all"`: likewise, after inputs that are the same for all examples were repeated. Else a
 * function, written with operations.
 */
export type Batching<A extends object = object> =
  | "same"
  | "aligned"
  | "all"
  | ((inputs: readonly AnyTensor[], at: Batched<A>) => AnyTensor | readonly AnyTensor[]);

/** What the cost of an operation depends on. */
export interface CostOf<A extends object = object> {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly attributes: A;
}

/** Cotangents of the outputs to the cotangent of one input, by calling operations. Zeros stand for absent cotangents. */
export type PullBack<A extends object = object> = (cotangents: readonly AnyTensor[], at: Applied<A>) => AnyTensor;

/**
 * All pull-backs at once, for operations whose inputs vary in number or share work. `needed` says which are used, and `received` which
 * cotangents are not absent.
 */
export type JointPullBack<A extends object = object> = (
  cotangents: readonly AnyTensor[],
  at: Applied<A>,
  needed: readonly boolean[],
  received: readonly boolean[],
) => readonly (AnyTensor | null)[];

/** The tangent of one input to what it adds to the tangents of the outputs, by calling operations. */
export type PushForward<A extends object = object> = (
  tangent: AnyTensor,
  at: Applied<A>,
) => AnyTensor | readonly (AnyTensor | null)[];

/** All tangents at once (`undefined` for none) to the tangents of the outputs, for operations whose rules share work. */
export type JointPushForward<A extends object = object> = (
  tangents: readonly (AnyTensor | undefined)[],
  at: Applied<A>,
) => readonly (AnyTensor | null)[];

/**
 * All that is known of an operation, in one place. Rules call operations, so that they can be recorded and
 * differentiated themselves; `forward` calls kernels. Un-broadcasting a cotangent and broadcasting a tangent to the
 * shape they must have happens centrally: rules do neither.
 */
export interface OpDef<A extends object = object> extends Operation {
  readonly name: string;
  /** How the arguments of a call become inputs and attributes. Left out: the one argument is the one input. */
  readonly parse?: (...args: never[]) => Call<A>;
  /** The shape and dtype of the result (an array of them where there are several); throws when the inputs do not fit. */
  readonly infer: (inputs: readonly TensorSpec[], attributes: A) => TensorSpec | readonly TensorSpec[];
  /** The elements of the result, in new storage or in that of an input. Called with concrete inputs only. */
  readonly forward: (
    inputs: readonly AnyTensor[],
    attributes: A,
    result: readonly TensorSpec[],
  ) => Storage | readonly Storage[];
  /** Reverse mode: a rule for each input (`null`: no gradient), or a joint one. Left out: no gradient at all. */
  readonly vjp?: readonly (PullBack<A> | null)[] | JointPullBack<A>;
  /**
   * Forward mode: a rule for each input, a joint one, or `"linear"` where the operation itself, applied to the tangents, is
   * its derivative. Left out: the pull-back of the pull-back, which cannot reveal a mistake in `vjp`.
   */
  readonly jvp?: readonly (PushForward<A> | null)[] | JointPushForward<A> | "linear";
  /** Without rules on purpose, though its values change, as `stopGradient`: checks hold no differences against it. */
  readonly constant?: boolean;
  /**
   * How the operation runs for a batch of examples: `inputs` have the batch as first axis where `at.batched` says so, and the results
   * have it as first axis. Left out: example by example, in a loop.
   */
  readonly batch?: Batching<A>;
  /**
   * The discrete decisions of an operation that is not smooth, by calling operations: signs, orders, sides. Where they differ
   * between two points there is a kink between them. Results of integers and bools are decisions without being named here.
   */
  readonly branches?: (at: Applied<A>) => readonly AnyTensor[];
  /**
   * Floating-point operations of one run, for `tapeCost`. Left out: one for each element of the results.
   */
  readonly flops?: (at: CostOf<A>) => number;
  /** Whether the result shares the storage of the input, so that it takes no memory. */
  readonly isView?: boolean;
  /** How a replay runs the operation, where that is more than `infer` and `forward`: an operation that runs programs. */
  readonly reapply?: (inputs: readonly AnyTensor[], attributes: A) => readonly AnyTensor[];
  /** Calls that the automatic checks make; see `draw`. */
  readonly samples: readonly Sample[];
  /** Calls that must be refused. */
  readonly errors?: readonly ErrorSample[];
}

/** The inputs and attributes that a call means. */
export interface Call<A extends object = object> {
  readonly inputs: readonly AnyTensor[];
  readonly attributes: A;
}

/** What the function of an operation, or of a composite of operations, carries. */
export interface Checked {
  readonly name: string;
  readonly samples: readonly Sample[];
  readonly errors?: readonly ErrorSample[];
}

/** Arguments of a call, with a `draw` for each tensor whose values do not matter. */
export interface Sample {
  readonly args: readonly unknown[];
}

/** Arguments of a call that must throw `error` with a message that matches. */
export interface ErrorSample extends Sample {
  readonly error: new (operation: string, problem: string, advice?: string) => TapegradError;
  readonly message: RegExp;
}

/** A tensor to be drawn: which shape and dtype, and from where. */
export class Draw {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly low: number;
  readonly high: number;
  /** Points at which the operation has a kink or a pole: values keep a distance from them. */
  readonly avoid: readonly number[];
  /** Whether all values drawn for the call must differ clearly, as sorting and maxima need it. */
  readonly distinct: boolean;
  /** Whether the last two axes must be symmetric positive definite matrices. */
  readonly definite: boolean;
  /** Whether the last two axes must be matrices of full rank whose singular values, and eigenvalues, are far from each other. */
  readonly regular: boolean;

  constructor(shape: Shape, options: DrawOptions) {
    this.shape = shape;
    this.dtype = options.dtype ?? "float64";
    this.low = options.low ?? (this.dtype === "bool" || this.dtype === "uint8" ? 0 : -1);
    this.high = options.high ?? 1;
    this.avoid = options.avoid ?? [];
    this.distinct = options.distinct ?? false;
    this.definite = options.definite ?? false;
    this.regular = options.regular ?? false;
  }
}

export interface DrawOptions {
  readonly dtype?: DType;
  /** Smallest value, -1 if not given (0 for bool and uint8). */
  readonly low?: number;
  /** Largest value, 1 if not given; integers include it. */
  readonly high?: number;
  readonly avoid?: readonly number[];
  readonly distinct?: boolean;
  readonly definite?: boolean;
  readonly regular?: boolean;
}

/**
 * Stands for a tensor in a sample call.
 * @example
 * const samples = [{ args: [draw([2, 3], { low: 0.1, high: 3 })] }];
 */
export function draw(shape: Shape, options: DrawOptions = {}): Draw {
  return new Draw(shape, options);
}

/** The function of an operation: its public signature, and its definition for tapes, checks and compilers. */
export type Op<F, A extends object = object> = F & { readonly definition: OpDef<A> };

/**
 * Makes an operation from its definition. `F` is its public signature, one of the families in `signatures.ts`: the
 * single cast between the two is here.
 * @example
 * const twice = defineOp<Identity>({
 *   name: "twice",
 *   infer: ([x]) => x!,
 *   forward: ([x]) => x!.data().map((value) => 2 * value),
 *   vjp: [([g]) => mul(g!, 2)],
 *   jvp: "linear",
 *   samples: [{ args: [draw([2, 3])] }],
 * });
 * twice(tensor([1, 2])).toArray(); // [2, 4]
 */
export function defineOp<F, A extends object = object>(definition: OpDef<A>): Op<F, A> {
  const { name, parse, vjp } = definition;
  if (parse === undefined && Array.isArray(vjp) && vjp.length !== 1) {
    throw new ArgumentError(
      "defineOp",
      `${name} has ${vjp.length} rules, and no parse`,
      "state how its arguments become inputs",
    );
  }
  const op =
    parse === undefined
      ? (x: AnyTensor) => {
          checkTensor(name, x, 0);
          return apply(definition, [x], none as A);
        }
      : (...args: never[]) => {
          const { inputs, attributes } = parse(...args);
          return apply(definition, inputs, attributes);
        };
  return Object.assign(op, { definition }) as unknown as Op<F, A>;
}

const none = Object.freeze({});

/** Runs an operation: abstractly when an input is abstract, and recorded on every tape that watches an input. */
export function apply<A extends object>(
  definition: OpDef<A>,
  inputs: readonly AnyTensor[],
  attributes: A,
): AnyTensor | readonly AnyTensor[] {
  const specs = definition.infer(inputs, attributes);
  let concrete = true;
  for (let i = 0; i < inputs.length; i++) if (!isConcrete(inputs[i]!)) concrete = false;

  if (Array.isArray(specs)) {
    const storages = concrete ? (compute(definition, inputs, attributes, specs) as readonly Storage[]) : null;
    const outputs = specs.map((s: TensorSpec, i: number) => new Tensor(s.shape, s.dtype, storages?.[i] ?? null));
    if (isDetecting()) checkResult({ operation: definition, inputs, outputs, attributes });
    if (isRecording()) record({ operation: definition, inputs, outputs, attributes });
    return outputs;
  }
  const spec = specs as TensorSpec;
  const storage = concrete ? (compute(definition, inputs, attributes, [spec]) as Storage) : null;
  const output = new Tensor(spec.shape, spec.dtype, storage);
  if (isDetecting()) checkResult({ operation: definition, inputs, outputs: [output], attributes });
  if (isRecording()) record({ operation: definition, inputs, outputs: [output], attributes });
  return output;
}

/** The elements of a result. Reading values for them is no reason why a recorded program would be another one. */
function compute<A extends object>(
  definition: OpDef<A>,
  inputs: readonly AnyTensor[],
  attributes: A,
  results: readonly TensorSpec[],
): Storage | readonly Storage[] {
  if (!isRecording()) return definition.forward(inputs, attributes, results);
  return unobservedly(() => definition.forward(inputs, attributes, results));
}

/**
 * A public function made of operations: it needs no rules, and carries samples for the automatic checks.
 * @example
 * const double = defineComposite<Identity>({ name: "double", samples: [{ args: [draw([2])] }] }, (x) => add(x, x));
 * double(tensor([1, 2])).toArray(); // [2, 4]
 */
export function defineComposite<F>(about: Checked, body: (...args: never[]) => unknown): F & { definition: Checked } {
  return Object.assign((...args: never[]) => body(...args), { definition: about }) as unknown as F & {
    definition: Checked;
  };
}

/**
 * Whether a value is an operation or a composite, with samples to check it by.
 * @example
 * isChecked(exp); // true
 * isChecked(Math.exp); // false
 */
export function isChecked(value: unknown): value is ((...args: never[]) => unknown) & { definition: Checked } {
  return typeof value === "function" && "definition" in value;
}

/** @throws ArgumentError when the argument is no tensor. */
export function checkTensor(operation: string, value: unknown, position: number): asserts value is AnyTensor {
  if (isTensor(value)) return;
  const kind =
    value === null || value === undefined
      ? String(value)
      : Array.isArray(value)
        ? "an array"
        : `of type ${typeof value}`;
  const advice = typeof value === "number" || Array.isArray(value) ? "wrap it with tensor(...)" : "give a tensor";
  throw new ArgumentError(operation, `argument ${position + 1} is ${kind}`, advice);
}

/** @throws ArgumentError when one of the arguments is no tensor. */
export function checkTensors(operation: string, values: readonly unknown[]): void {
  for (let i = 0; i < values.length; i++) checkTensor(operation, values[i], i);
}

/** A tensor, or a JavaScript number (boolean) that takes its dtype from the tensors beside it. */
export type Operand = AnyTensor | number | boolean;

/**
 * Operands as tensors. Numbers are weak: they become scalars of the dtype of the tensors beside them (float32 beside
 * none), so that `mul(x, 2)` keeps the dtype of x.
 * @throws DTypeError when that dtype cannot hold the number.
 */
export function toTensors(operation: string, ...operands: readonly Operand[]): AnyTensor[] {
  let beside: DType | undefined;
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i];
    if (isTensor(operand)) {
      // A bool beside a number counts as an integer; float32 beside float64 is refused by the operation itself.
      if (beside === undefined || beside === "bool") beside = operand.dtype;
    }
  }
  const out = new Array<AnyTensor>(operands.length);
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i];
    if (typeof operand === "number") out[i] = weakScalar(operation, operand, beside);
    else if (typeof operand === "boolean") out[i] = new Tensor([], "bool", new Uint8Array([operand ? 1 : 0]));
    else {
      checkTensor(operation, operand, i);
      out[i] = operand;
    }
  }
  return out;
}

const scalar: Shape = Object.freeze([]);

function weakScalar(operation: string, value: number, beside: DType = "float32"): AnyTensor {
  if (beside === "float32") return new Tensor(scalar, beside, new Float32Array([value]));
  if (beside === "float64") return new Tensor(scalar, beside, new Float64Array([value]));
  const dtype = beside === "bool" ? "int32" : beside;
  if (!holds(dtype, value)) {
    throw new DTypeError(operation, `${value} does not fit ${dtype}`, `cast the tensor, as in cast(x, "float32")`);
  }
  return new Tensor(scalar, dtype, dtype === "int32" ? new Int32Array([value]) : new Uint8Array([value]));
}
