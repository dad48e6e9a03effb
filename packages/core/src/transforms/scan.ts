import { ArgumentError, ShapeError } from "../errors.ts";
import { defineComposite, draw } from "../op.ts";
import { tanh } from "../ops/activation.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { checkOptions } from "../options.ts";
import { Program } from "../program.ts";
import { showShape } from "../shape.ts";
import { type AnyTensor, abstract, isTensor } from "../tensor.ts";
import { tensorsOf, treeVisit, withTensors } from "../tree.ts";
import { checkCarry } from "./carry.ts";
import type { Rows, Stacked, Widened } from "./mapped-types.ts";
import { applyBody, rowOf } from "./scan-operation.ts";
import { trace } from "./trace.ts";
import { describe, refusePromise } from "./trees.ts";

export interface ScanOptions {
  /** How many steps: needed where there is no input to take slices of. */
  readonly length?: number;
  /** Whether to begin at the last slice; the outputs still stand at the places of their slices. */
  readonly reverse?: boolean;
}

/**
 * A loop over slices of tensors along their first axis, with values that are carried from step to step. The body is traced once, however
 * many steps there are, and a tape has the loop as one operation. Gradients run the loop backwards, and keep of each step only what was
 * carried into it. The body may close over parameters. (Bradbury et al., JAX, `lax.scan`.)
 * @param body from what is carried and a slice of each tensor to `[carried, output]`: what is carried keeps its shapes and dtypes.
 * @param init a tree: what is carried into the first step.
 * @param xs a tree of tensors of [length, ...], or `null` if `length` is given.
 * @returns what is carried out of the last step, and the outputs of all steps, stacked along a new first axis.
 * @throws ShapeError when lengths differ, or a step changes the shape of what it carries; DTypeError likewise; TreeError when it changes
 * the structure; ArgumentError when the length is not known; AbstractValueError when the body reads a value.
 * @example
 * const [total, sums] = scan((sum, x) => [add(sum, x), add(sum, x)], tensor(0), tensor([1, 2, 3]));
 * total.item(); // 6
 * sums.toArray(); // [1, 3, 6]
 */
export const scan: Scanning = defineComposite<Scanning>(
  {
    name: "scan",
    samples: [
      { args: [smoothed, draw([2]), draw([4, 2])] },
      { args: [smoothed, draw([2]), draw([3, 2]), { reverse: true }] },
      { args: [smoothed, draw([2]), draw([0, 2])] },
      { args: [(h: AnyTensor) => [mul(h, h), null], draw([2]), null, { length: 3 }] },
      { args: [(_: null, x: AnyTensor) => [null, tanh(x)], null, draw([3, 2])] },
    ],
    errors: [
      {
        args: [(h: AnyTensor) => [tanh(h), null], draw([2]), null],
        error: ArgumentError,
        message: /scan: the number of steps is not known; give a tensor to take slices of, or a length/,
      },
      {
        args: [smoothed, draw([2]), { a: draw([3, 2]), b: draw([2, 2]) }],
        error: ShapeError,
        message: /scan: a of \[3, 2\] has 3 slices, but b of \[2, 2\] has 2/,
      },
      {
        args: [smoothed, draw([]), draw([3, 2])],
        error: ShapeError,
        message: /scan: what is carried is \[\] before a step and \[2\] after it/,
      },
    ],
  },
  run,
);

/** A step for the samples: carries a vector on, and gives one. */
function smoothed(h: AnyTensor, x: AnyTensor): [AnyTensor, AnyTensor] {
  const next = tanh(add(mul(h, x), x)) as AnyTensor;
  return [next, mul(next, h) as AnyTensor];
}

function run(
  body: (carry: unknown, x: unknown) => readonly [unknown, unknown],
  init: unknown,
  xs: unknown,
  options: ScanOptions = {},
): [unknown, unknown] {
  if (typeof body !== "function")
    throw new ArgumentError("scan", `the body is of type ${typeof body}`, "give a function");
  checkOptions("scan", options, "length", "reverse");
  const length = lengthOf(xs, options.length);
  const [carry, slices] = [tensorsOf(init), tensorsOf(xs)];
  const carryExample = withTensors(
    init,
    carry.map(({ shape, dtype }) => abstract(shape, dtype)),
  );
  const traced = trace("scan", (at: unknown, x: unknown) => pairOf(body(at, x)), [
    carryExample,
    withTensors(xs, slices.map(rowOf)),
  ]);
  checkCarry("scan", init, traced.result[0]);
  const { inputs, entries, outputs } = traced.program;
  const own = inputs.length - traced.captured.length;
  const program = new Program([...inputs.slice(own), ...inputs.slice(0, own)], entries, outputs);
  const operands = { fixed: traced.captured, carry, xs: slices };
  const made = applyBody(program, operands, { length, reverse: options.reverse ?? false });
  return withTensors(traced.result, made);
}

function pairOf(result: unknown): [unknown, unknown] {
  if (Array.isArray(result) && result.length === 2) return result as [unknown, unknown];
  refusePromise("scan", result);
  const found = Array.isArray(result)
    ? `an array of ${result.length}`
    : isTensor(result)
      ? "a tensor"
      : describe(result);
  throw new ArgumentError("scan", `the body returned ${found}`, "return [what is carried on, output]; null for none");
}

/** How many slices there are, which must be the same for all tensors. */
function lengthOf(xs: unknown, given: number | undefined): number {
  let [length, of] = [given, "the length given"];
  if (given !== undefined && !(Number.isInteger(given) && given >= 0)) {
    throw new ArgumentError("scan", `${given} is no number of steps`, "give a whole number, 0 or more");
  }
  treeVisit(xs, ({ path, kind, value }) => {
    const name = path || "the tensor";
    if (kind === "key") throw new ArgumentError("scan", `${name} is a key`, "carry a key, and split it in each step");
    const { shape } = value as AnyTensor;
    if (shape.length === 0)
      throw new ShapeError("scan", `${name} is a scalar, and has no slices`, "carry it, or close over it");
    const own = `${name} of ${showShape(shape)}`;
    if (length !== undefined && shape[0] !== length) {
      const before = of === "the length given" ? `${length} steps are asked for` : `${of} has ${length} slices`;
      throw new ShapeError("scan", `${before}, but ${own} has ${shape[0]}`, "give tensors of one length");
    }
    [length, of] = [shape[0], own];
  });
  if (length === undefined)
    throw new ArgumentError("scan", "the number of steps is not known", "give a tensor to take slices of, or a length");
  return length;
}

/** Signature of `scan`. */
export type Scanning = <Carry, X, Y>(
  body: (carry: Carry, x: Rows<X>) => readonly [Widened<Carry>, Y],
  init: Carry,
  xs: X,
  options?: ScanOptions,
) => [Widened<Carry>, Stacked<Y>];
