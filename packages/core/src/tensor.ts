import { allocate, checkDType, type DType, type Storage } from "./dtype.ts";
import { AbstractValueError, DTypeError, ShapeError } from "./errors.ts";
import { checkShape, type Shape, showShape, sizeOf } from "./shape.ts";
import { showValues } from "./show-values.ts";

/** Nested arrays as deep as the tensor has axes; a plain value for a scalar. */
export type Nested<T> = T | readonly Nested<T>[];

/** What an element is in JavaScript: a boolean for bool, else a number. */
export type Element<D extends DType> = [D] extends ["bool"] ? boolean : number;

/** An element in JSON, which has no other numbers than finite ones. */
export type JSONNumber = number | "NaN" | "Infinity" | "-Infinity";

/** What Node's `console.log` calls. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** A tensor of any shape and dtype. */
export type AnyTensor = Tensor<Shape, DType>;

/** The elements themselves, not a copy: for operations inside core, which never write to an input. */
export let storageOf: (tensor: AnyTensor) => Storage;
/** Whether the tensor has values. A function, because it is asked of every input of every operation. */
export let isConcrete: (tensor: AnyTensor) => boolean;
/**
 * Lets a tensor go of its elements: they are elsewhere from now on, and fetched when somebody asks for them. What cannot be fetched any more
 * throws.
 */
export let leaveTo: (tensor: AnyTensor, fetch: () => Storage) => void;

/**
 * An immutable array of numbers with a shape and a dtype. Operations return new tensors; the garbage collector owns
 * them all. An abstract tensor has a shape and a dtype but no values: tracing and planning run on those.
 *
 * Make tensors with `tensor`, `zeros`, ... rather than with this constructor.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.shape; // [2, 2]
 * x.dtype; // "float32"
 */
export class Tensor<out S extends Shape = Shape, out D extends DType = DType> {
  readonly shape: S;
  readonly dtype: D;
  #storage: Storage | null;
  /** Where the elements are, if not here. */
  #fetch: (() => Storage) | null = null;

  /** @internal `storage` is adopted, row-major, never copied and never written again; `null` makes it abstract. */
  constructor(shape: S, dtype: D, storage: Storage | null) {
    this.shape = shape;
    this.dtype = dtype;
    this.#storage = storage;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Whether the tensor has a shape and a dtype only. */
  get isAbstract(): boolean {
    return !isConcrete(this);
  }

  /**
   * The only element, as a JavaScript number (a boolean for bool).
   * @throws ShapeError when there is not exactly one element.
   * @example
   * tensor([[7]]).item(); // 7
   */
  item(): Element<D> {
    if (this.size !== 1) {
      throw new ShapeError("item", `${showShape(this.shape)} has ${this.size} elements`, "use toArray() or data()");
    }
    const value = read(this, "item")[0]!;
    return (this.dtype === "bool" ? value === 1 : value) as Element<D>;
  }

  /** A copy of the elements, row-major, in the dtype's typed array (0 and 1 in a Uint8Array for bool). */
  data(): Storage {
    return read(this, "data").slice();
  }

  /**
   * The elements as nested arrays; a plain value for a scalar.
   * @example
   * tensor([[1, 2]]).toArray(); // [[1, 2]]
   */
  toArray(): Nested<Element<D>> {
    return nest(read(this, "toArray"), this.shape, this.dtype) as Nested<Element<D>>;
  }

  /** As `data()`, for back-ends whose reads are asynchronous. */
  read(): Promise<Storage> {
    return Promise.resolve(this.data());
  }

  /**
   * What `JSON.stringify` writes. JSON has no NaN and no infinities: they are the strings `"NaN"`, `"Infinity"` and
   * `"-Infinity"`, which `Number` reads back.
   * @example
   * const { data, ...rest } = JSON.parse(JSON.stringify(tensor([1, Infinity])));
   * tensor(data.map(Number), rest).toArray(); // [1, Infinity]
   */
  toJSON(): { shape: Shape; dtype: DType; data: JSONNumber[] } {
    const data = Array.from(read(this, "toJSON"), (x) => (Number.isFinite(x) ? x : (String(x) as JSONNumber)));
    return { shape: this.shape, dtype: this.dtype, data };
  }

  /**
   * `float32 [2, 2] [[1, 2], [3, 4]]`. The rows of larger matrices stand below one another; long axes are shortened, and
   * floats are rounded.
   */
  toString(): string {
    const head = `${this.dtype} ${showShape(this.shape)}`;
    if (this.isAbstract) return `abstract ${head}`;
    const values = showValues(storageOf(this), this.shape, this.dtype);
    return `${head}${values.includes("\n") ? "\n" : " "}${values}`;
  }

  /** `a + b` would make a string or NaN of two tensors; it throws instead. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new DTypeError(
      "valueOf",
      "JavaScript's operators do not work on tensors",
      "use add(a, b), mul(a, b), ... or item() for the number in a scalar",
    );
  }

  /** @throws DTypeError always; see `Symbol.toPrimitive`. */
  valueOf(): never {
    return this[Symbol.toPrimitive]("number") as never;
  }

  static {
    Object.defineProperty(Tensor.prototype, inspect, {
      value(this: Tensor) {
        return `Tensor ${this.toString()}`;
      },
    });
    storageOf = (tensor) => {
      if (tensor.#storage !== null) return tensor.#storage;
      if (tensor.#fetch === null) throw abstractError("kernel", tensor);
      tensor.#storage = tensor.#fetch();
      tensor.#fetch = null;
      return tensor.#storage;
    };
    isConcrete = (tensor) => tensor.#storage !== null || tensor.#fetch !== null;
    leaveTo = (tensor, fetch) => {
      tensor.#storage = null;
      tensor.#fetch = fetch;
    };
  }
}

/** Told whenever a value leaves a tensor: a tape whose program then depends on values cannot be replayed. */
let readObserver: ((tensor: AnyTensor, by: string) => void) | null = null;
export function observeReads(observer: (tensor: AnyTensor, by: string) => void): void {
  readObserver = observer;
}

/** Above 0 while an operation computes its own result, which may read its inputs. */
let unobserved = 0;

/** Runs `body`, whose reads of values are nobody's business. */
export function unobservedly<T>(body: () => T): T {
  unobserved++;
  try {
    return body();
  } finally {
    unobserved--;
  }
}

function read(tensor: AnyTensor, by: string): Storage {
  if (!isConcrete(tensor)) throw abstractError(by, tensor);
  if (unobserved === 0) readObserver?.(tensor, by);
  return storageOf(tensor);
}

function abstractError(by: string, tensor: AnyTensor): AbstractValueError {
  return new AbstractValueError(
    by,
    `a ${tensor.dtype} ${showShape(tensor.shape)} tensor has no value while a function is traced`,
    "select with where(...), branch with cond(...), pass the value in as an argument, or return the tensor and read it outside",
  );
}

/**
 * A tensor with a shape and a dtype and no values, to find out what a function would give.
 * @throws ShapeError for what is no shape; ArgumentError for what is no dtype.
 * @example
 * matmul(abstract([2, 3], "float32"), abstract([3, 4], "float32")).shape; // [2, 4]
 */
export function abstract<const S extends Shape, D extends DType>(shape: S, dtype: D): Tensor<S, D> {
  checkDType("abstract", dtype);
  return new Tensor(checkShape("abstract", shape) as unknown as S, dtype, null);
}

/** @internal A new tensor over zero-filled storage, and that storage. */
export function emptyTensor<S extends Shape, D extends DType>(shape: S, dtype: D): [Tensor<S, D>, Storage] {
  const storage = allocate(dtype, sizeOf(shape));
  return [new Tensor(shape, dtype, storage), storage];
}

/**
 * Whether a value is a tensor, with values or abstract.
 * @example
 * isTensor([1, 2]); // false
 */
export function isTensor(value: unknown): value is AnyTensor {
  return value instanceof Tensor;
}

function nest(data: Storage, shape: Shape, dtype: DType): Nested<number | boolean> {
  let position = 0;
  const level = (axis: number): Nested<number | boolean> => {
    if (axis === shape.length) {
      const value = data[position++]!;
      return dtype === "bool" ? value === 1 : value;
    }
    return Array.from({ length: shape[axis]! }, () => level(axis + 1));
  };
  return level(0);
}
