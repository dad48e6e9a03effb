import { type Code, flatten, section, text, unsigned, vector } from "./encode.ts";
import { type Expression, type I32, i32, type ValueType } from "./instructions.ts";

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A variable of a function, as an expression for its value. */
export interface Local<T extends ValueType = ValueType> extends Expression<T> {
  readonly index: number;
}

type LocalsOf<P extends readonly ValueType[]> = { -readonly [K in keyof P]: Local<P[K]> };

/** The body of a function, statement by statement. */
export class Body {
  readonly #types: ValueType[] = [];
  readonly #parameters: number;
  #code: Code[] = [];

  constructor(parameters: readonly ValueType[]) {
    this.#types.push(...parameters);
    this.#parameters = parameters.length;
  }

  /** A new variable, with a first value if one is given. */
  local<T extends ValueType>(type: T, value?: Expression<T>): Local<T> {
    const local = this.#localAt(this.#types.push(type) - 1, type);
    if (value !== undefined) this.set(local, value);
    return local;
  }

  /** New variables, which begin as 0. */
  locals<const Types extends readonly ValueType[]>(...types: Types): LocalsOf<Types> {
    return types.map((type) => this.local(type)) as unknown as LocalsOf<Types>;
  }

  parameter<T extends ValueType>(index: number): Local<T> {
    return this.#localAt(index, this.#types[index] as T);
  }

  #localAt<T extends ValueType>(index: number, type: T): Local<T> {
    return { type, index, code: [0x20, unsigned(index)] };
  }

  set<T extends ValueType>(local: Local<T>, value: Expression<T>): void {
    this.#code.push([value.code, 0x21, unsigned(local.index)]);
  }

  /** `local += value` */
  increase(local: Local<"i32">, value: number | I32): void {
    this.set(local, i32.add(local, typeof value === "number" ? i32.const(value) : value));
  }

  /** A statement, such as a store or a call. */
  do(code: Code): void {
    this.#code.push(code);
  }

  #nested(body: () => void): Code {
    const outer = this.#code;
    this.#code = [];
    body();
    const inner = this.#code;
    this.#code = outer;
    return inner;
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    const yes = this.#nested(then);
    const no = otherwise && this.#nested(otherwise);
    this.#code.push([condition.code, 0x04, 0x40, yes, no === undefined ? [] : [0x05, no], 0x0b]);
  }

  /** Repeats while a condition holds, which is asked before each run. */
  while(condition: () => I32, body: () => void): void {
    const inner = this.#nested(body);
    // if (condition) do { ... } while (condition): one branch for each run.
    this.#code.push([condition().code, 0x04, 0x40, 0x03, 0x40, inner, condition().code, 0x0d, 0, 0x0b, 0x0b]);
  }

  /** Counts `i` from its value on by `step`, while it is below `end`. */
  for(i: Local<"i32">, end: I32, step: number, body: () => void): void {
    this.while(
      () => i32.ltS(i, end),
      () => {
        body();
        this.increase(i, step);
      },
    );
  }

  /** @internal The bytes of the function, with its variables. */
  encode(): Code {
    const own = this.#types.slice(this.#parameters);
    const locals = vector(own.map((type) => [1, TYPES[type]]));
    return [locals, this.#code, 0x0b];
  }
}

interface Function {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** `null` for one that is imported. */
  readonly body: Body | null;
}

export interface MemoryImport {
  readonly minimum: number;
  /** Given for memory that threads share. */
  readonly maximum?: number;
}

/** A module of functions over one imported memory. */
export class ModuleBuilder {
  readonly #functions: Function[] = [];
  /** Parameters of functions that are called through the table: types of their own, before those of the functions. */
  readonly #indirect: (readonly ValueType[])[] = [];
  readonly #memory: MemoryImport;

  constructor(memory: MemoryImport) {
    this.#memory = memory;
  }

  /** A function from the environment, by its name there; returns how to call it. To be named before all functions of the module. */
  imported<const P extends readonly ValueType[]>(
    name: string,
    parameters: P,
    results: readonly ValueType[] = [],
  ): (...args: { [K in keyof P]: Expression<P[K]> }) => Code {
    const index = this.#functions.push({ name, parameters, results, body: null }) - 1;
    return call(index);
  }

  /** Calls the function, of given parameters and no result, at a place of the table that the environment gives. */
  indirect<const P extends readonly ValueType[]>(
    parameters: P,
  ): (place: I32, ...args: { [K in keyof P]: Expression<P[K]> }) => Code {
    const type = this.#indirect.push(parameters) - 1;
    return (place, ...args) => [
      (args as readonly Expression[]).map(({ code }) => code),
      place.code,
      0x11,
      unsigned(type),
      0,
    ];
  }

  /** An exported function; returns how to call it from others of the module. */
  function<const P extends readonly ValueType[], R extends ValueType = never>(
    name: string,
    parameters: P,
    // biome-ignore lint/suspicious/noConfusingVoidType: a function without result is written as one.
    build: (body: Body, ...parameters: LocalsOf<P>) => Expression<R> | void,
  ): (...args: { [K in keyof P]: Expression<P[K]> }) => Code {
    const body = new Body(parameters);
    const locals = parameters.map((_, i) => body.parameter(i)) as unknown as LocalsOf<P>;
    const index = this.#functions.length;
    const result = build(body, ...locals);
    if (result) body.do(result.code);
    this.#functions.push({ name, parameters, results: result ? [result.type] : [], body });
    return call(index);
  }

  /** The module in binary form. */
  encode(): Uint8Array<ArrayBuffer> {
    const called = this.#indirect.map((parameters) => ({ parameters, results: [] as readonly ValueType[] }));
    const types = [...called, ...this.#functions].map(
      ({ parameters, results }): Code => [
        0x60,
        vector(parameters.map((type) => TYPES[type])),
        vector(results.map((type) => TYPES[type])),
      ],
    );
    const typeOf = (index: number): Code => unsigned(called.length + index);
    const { minimum, maximum } = this.#memory;
    const limits = maximum === undefined ? [0x00, unsigned(minimum)] : [0x03, unsigned(minimum), unsigned(maximum)];
    const imported = this.#functions.filter(({ body }) => body === null);
    const own = this.#functions.slice(imported.length);
    const bodies = own.map(({ body }): Code => {
      const code = flatten(body!.encode());
      return [unsigned(code.length), code];
    });
    const imports: Code[] = imported.map(({ name }, i) => [text("env"), text(name), 0x00, typeOf(i)]);
    if (called.length > 0) imports.push([text("env"), text("table"), 0x01, 0x70, 0x00, unsigned(0)]);
    return flatten([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, vector(types)),
      section(2, vector([...imports, [text("env"), text("memory"), 0x02, limits]])),
      section(3, vector(own.map((_, i) => typeOf(imported.length + i)))),
      section(7, vector(own.map(({ name }, i) => [text(name), 0x00, unsigned(imported.length + i)]))),
      section(10, vector(bodies)),
    ]);
  }
}

const call =
  (index: number) =>
  (...args: readonly Expression[]): Code => [args.map(({ code }) => code), 0x10, unsigned(index)];
