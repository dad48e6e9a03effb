// The types of results against the results themselves: every call here that succeeds at run time must compile, with a
// type that the result has. What fails at run time may compile; what the types catch of it is in rejected.test-d.ts.
import { expect, test } from "vitest";
import { type DType, dtypes } from "../../src/dtype.ts";
import * as core from "../../src/functions.ts";
import { compile } from "./compile.ts";

const functions = core as unknown as Readonly<Record<keyof typeof core, (...args: unknown[]) => unknown>>;

/** Stands for `zeros(shape, { dtype })` in a call. */
class Zeros {
  readonly shape: readonly number[];
  readonly dtype: DType;
  constructor(shape: readonly number[], dtype: DType = "float32") {
    this.shape = shape;
    this.dtype = dtype;
  }
}
type Argument = Zeros | number | string | boolean | null | readonly Argument[] | { readonly [key: string]: unknown };
type Call = readonly [name: keyof typeof core, ...args: Argument[]];

const shapes = [[], [1], [3], [0], [2, 3], [3, 2], [1, 3], [0, 3], [2, 1], [2, 3, 4], [2, 1, 3], [5, 3, 2]];
const axes = [0, 1, 2, -1, -2, -3];

function ofShapes(): Call[] {
  return shapes.flatMap((a) =>
    shapes.flatMap((b): Call[] => [
      ["add", new Zeros(a), new Zeros(b)],
      ["where", new Zeros(a, "bool"), new Zeros(b), 0],
      ["where", new Zeros([2, 1], "bool"), new Zeros(a), new Zeros(b)],
      ["matmul", new Zeros(a), new Zeros(b)],
      // A vector is not to be transposed.
      ...(a.length > 1 && b.length > 1 ? products(new Zeros(a), new Zeros(b)) : []),
      ["linear", new Zeros(a), new Zeros(b)],
      ["broadcastTo", new Zeros(a), b],
      ["reshape", new Zeros(a), b],
      ["concat", [new Zeros(a), new Zeros(b)], -1],
      ["concat", [new Zeros(a), new Zeros(b), new Zeros(a)]],
      ...[0, -1].flatMap((axis): Call[] => [
        ["take", new Zeros(a), new Zeros(b, "int32"), axis],
        ["gather", new Zeros(a), new Zeros(b, "int32"), axis],
      ]),
    ]),
  );
}

function products(a: Zeros, b: Zeros): Call[] {
  return [{ transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }].map((transposes) => [
    "matmul",
    a,
    b,
    transposes,
  ]);
}

function ofAxes(): Call[] {
  return shapes.flatMap((shape) => {
    const x = new Zeros(shape);
    return [
      ...(["sum", "mean", "max", "argmax", "permute", "transpose", "flatten", "squeeze", "sort"] as const).map(
        (name): Call => [name, x],
      ),
      ...[...axes, null].flatMap((axis): Call[] => [
        ["sum", x, axis],
        ["argmax", x, axis, { keepdims: true }],
        ["logsumexp", x, axis, { keepdims: false }],
        ["squeeze", x, axis],
      ]),
      ...axes.flatMap((axis): Call[] => [
        ["softmax", x, axis],
        ["expandDims", x, axis],
        ["flatten", x, axis],
        ["sort", x, axis],
        ...[1, 2, 3, [1, 2], [1, 1], [0, 3]].map((parts): Call => ["split", x, parts, axis]),
        ...axes.flatMap((other): Call[] => [
          ["transpose", x, axis, other],
          ["sum", x, [axis, other]],
          ["sum", x, [axis, other], { keepdims: true }],
          ["permute", x, [axis, other]],
          ["squeeze", x, [axis, other]],
        ]),
      ]),
    ];
  });
}

function ofLayouts(): Call[] {
  const whole = [null, null, -1];
  return shapes.flatMap((shape) => {
    const x = new Zeros(shape);
    return [
      ...[[-1], [2, -1], [-1, 3], [-1, 4], [3, -1, 1], [0, -1], [6], [24], [4, 6], [3, 10], [1, 1], [-1, 6, 1]].map(
        (to): Call => ["reshape", x, to],
      ),
      ...[[], [0], [null], [[1]], [null, 0], [[0, 1], null], [null, whole], [0, 0, 0], [-1, [], 1]].map(
        (ranges): Call => ["slice", x, ranges],
      ),
      ...[
        [],
        [[1, 1]],
        [
          [1, 1],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
          [0, 2],
        ],
      ].map((widths): Call => ["pad", x, widths]),
      ...[[0, 1, 2], [2, 0, 1], [-1, -3, -2], [0], []].map((order): Call => ["permute", x, order]),
    ];
  });
}

function ofDTypes(): Call[] {
  const unary = ["exp", "neg", "abs", "relu", "isNaN", "logicalNot", "alias", "square", "softmax"] as const;
  const reductions = ["sum", "mean", "max", "any", "all", "argmax", "variance", "logsumexp"] as const;
  const binary = ["add", "div", "less", "power"] as const;
  return dtypes.flatMap((dtype) => {
    const x = new Zeros([2, 2], dtype);
    return [
      ...[...unary, ...reductions].map((name): Call => [name, x]),
      ...binary.flatMap((name): Call[] => [
        [name, x, 2],
        [name, 2, x],
        [name, 2, 3],
      ]),
      ["where", true, x, 1],
      ["where", false, 1, x],
      ["where", true, 1, 2],
      ["where", true, true, x],
      ["where", true, true, 1],
      ["where", true, true, false],
      ["logicalAnd", x, true],
      ["clamp", x, 0, null],
      ["oneHot", x, 3],
      ["oneHot", x, 3, { dtype }],
      ["zeros", [2], { dtype }],
      ["tensor", [[1, 0]], { dtype }],
      ...dtypes.flatMap((other): Call[] => {
        const y = new Zeros([2, 2], other);
        return [
          ...[...binary, "logicalAnd" as const].map((name): Call => [name, x, y]),
          ["where", true, x, y],
          ["concat", [x, y]],
          ["matmul", x, y],
          ["cast", x, other],
        ];
      }),
    ];
  });
}

const values: Call[] = [
  1,
  true,
  [1, 2],
  [
    [1, 2],
    [3, 4],
  ],
  [[true]],
  [],
  [[], []],
  [[[1]]],
].flatMap((nested): Call[] => [
  ["tensor", nested],
  ["tensor", nested, { dtype: "float64" }],
  ["tensor", nested, { shape: [1, 1, 1] }],
]);

/** An argument as it is written in a program. */
function write(argument: unknown): string {
  if (argument instanceof Zeros) {
    return `t.zeros(${JSON.stringify(argument.shape)}, { dtype: "${argument.dtype}" as const })`;
  }
  return Array.isArray(argument) ? `[${argument.map(write).join(", ")}]` : JSON.stringify(argument);
}

/** An argument as it is. */
function make(argument: unknown): unknown {
  if (argument instanceof Zeros) return core.zeros(argument.shape, { dtype: argument.dtype });
  return Array.isArray(argument) ? argument.map(make) : argument;
}

/** The type that a result has. */
function typeOf(result: unknown): string {
  if (Array.isArray(result)) return `readonly [${result.map(typeOf).join(", ")}]`;
  const { shape, dtype } = result as core.AnyTensor;
  return `t.Tensor<readonly ${JSON.stringify(shape)}, "${dtype}">`;
}

test("calls that succeed compile, and their results have the types that the compiler infers", () => {
  const lines = ['import * as t from "../../src/functions.ts";', "declare function value<T>(): T;"];
  for (const [name, ...args] of [...ofShapes(), ...ofAxes(), ...ofLayouts(), ...ofDTypes(), ...values]) {
    let result: unknown;
    try {
      result = functions[name](...args.map(make));
    } catch (error) {
      if (error instanceof core.TapegradError) continue;
      throw error;
    }
    // In a function each: the compiler follows the control flow of a long block again and again.
    const call = `t.${name}(${args.map(write).join(", ")})`;
    lines.push(`function _${lines.length}() { const r = ${call}; value<${typeOf(result)}>() satisfies typeof r; }`);
  }
  expect(lines.length).toBeGreaterThan(2000);
  const { output } = compile("agreement", lines.join("\n"));
  const wrong = [...output.matchAll(/source\.ts\((\d+),.*(?:\n .*)*/g)].map(
    ([text, line]) => `${lines[Number(line) - 1]}\n${text}`,
  );
  expect(wrong).toEqual([]);
});
