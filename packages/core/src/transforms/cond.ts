import { programFlops } from "../cost.ts";
import { zerosLike } from "../create.ts";
import { isFloat } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError, TreeError } from "../errors.ts";
import { apply, defineComposite, draw, type OpDef } from "../op.ts";
import { mul } from "../ops/arithmetic.ts";
import { alignedTo } from "../ops/batching.ts";
import { sin } from "../ops/trigonometric.ts";
import { where } from "../ops/where.ts";
import { Program, specsOf } from "../program.ts";
import { sameShape, showShape } from "../shape.ts";
import { unrecorded } from "../tape.ts";
import { type AnyTensor, isTensor, storageOf, Tensor } from "../tensor.ts";
import { tensorsOf, withTensors } from "../tree.ts";
import { structureOf } from "./carry.ts";
import { pullBackProgram, pushForwardProgram, runDeciding } from "./program-rules.ts";
import { trace, traceRule } from "./trace.ts";
import { batchProgram } from "./vmap.ts";

/** Two programs of the same inputs, with outputs of the same shapes and dtypes. */
interface Branches {
  readonly onTrue: Program;
  readonly onFalse: Program;
}

/** The choice of a predicate between two functions of tensors that close over nothing. */
function choose(
  predicate: AnyTensor,
  { onTrue, onFalse }: Branches,
  inputs: readonly AnyTensor[],
  of: (branch: Program) => (...inputs: readonly AnyTensor[]) => readonly AnyTensor[],
): AnyTensor[] {
  const branches = { onTrue: traceRule(of(onTrue), inputs), onFalse: traceRule(of(onFalse), inputs) };
  return [...(apply(definition, [predicate, ...inputs], branches) as readonly AnyTensor[])];
}

const definition: OpDef<Branches> = {
  name: "cond",
  infer: (_, { onTrue }) => specsOf(onTrue.outputs),
  forward: ([predicate, ...inputs], { onTrue, onFalse }) =>
    unrecorded(() => (storageOf(predicate!)[0] ? onTrue : onFalse).run(inputs)).map(storageOf),
  vjp: (cotangents, { inputs: [predicate, ...inputs], attributes }, [, ...needed], received) => {
    const arriving = cotangents.filter((_, i) => received[i]);
    const pulled = choose(predicate!, attributes, [...inputs, ...arriving], (branch) => (...xs) => {
      const pulledIn = xs.slice(inputs.length);
      const all = received.map((is) => (is ? pulledIn.shift() : undefined));
      return pullBackProgram(branch, xs.slice(0, inputs.length), all, needed).filter((one) => one !== null);
    });
    return [null, ...needed.map((is) => (is ? pulled.shift()! : null))];
  },
  jvp: ([, ...tangents], { inputs: [predicate, ...inputs], attributes }) => {
    const moving = tangents.filter((tangent) => tangent !== undefined);
    const pushed = choose(predicate!, attributes, [...inputs, ...moving], (branch) => (...xs) => {
      const moves = xs.slice(inputs.length);
      const all = tangents.map((tangent) => tangent && moves.shift());
      const { outputs, tangents: made } = pushForwardProgram(branch, xs.slice(0, inputs.length), all);
      return outputs.flatMap((output, i) => (isFloat(output.dtype) ? [made[i] ?? zerosLike(output)] : []));
    });
    return attributes.onTrue.outputs.map(({ dtype }) => (isFloat(dtype) ? pushed.shift()! : null));
  },
  // Those of the branch that runs, and zeros in the places of the other's.
  branches: ({ inputs: [predicate, ...inputs], attributes: { onTrue, onFalse } }) => {
    const decide =
      (branch: Program) =>
      (...xs: readonly AnyTensor[]): AnyTensor[] =>
        runDeciding(branch, xs).decisions;
    const [yes, no] = [traceRule(decide(onTrue), inputs).outputs, traceRule(decide(onFalse), inputs).outputs];
    const programs = {
      onTrue: traceRule((...xs) => [...decide(onTrue)(...xs), ...no.map(zerosLike)], inputs),
      onFalse: traceRule((...xs) => [...yes.map(zerosLike), ...decide(onFalse)(...xs)], inputs),
    };
    return apply(definition, [predicate!, ...inputs], programs) as readonly AnyTensor[];
  },
  flops: ({ attributes: { onTrue, onFalse } }) => Math.max(programFlops(onTrue), programFlops(onFalse)),
  // One predicate for all: the choice stays one. Else both branches run, and each example takes its own.
  batch: ([predicate, ...inputs], { attributes, size, batched: [isChosen, ...batched] }) => {
    const batchOf =
      (branch: Program) =>
      (...xs: readonly AnyTensor[]) =>
        batchProgram(branch, xs, batched, size);
    if (!isChosen) return choose(predicate!, attributes, inputs, batchOf);
    const [yes, no] = [batchOf(attributes.onTrue)(...inputs), batchOf(attributes.onFalse)(...inputs)];
    return yes.map((output, i) => where(alignedTo(output.rank - 1, predicate!, true) as Predicate, output, no[i]!));
  },
  samples: [],
};

type Predicate = Tensor<readonly number[], "bool">;

/**
 * One of two functions, as a predicate says: only that one runs, and only it is differentiated. As an operation it is replayed with the
 * other branch where the predicate then differs. Both are traced, and may close over parameters. Under `vmap` with a predicate of each
 * example both run. (`where` selects elements instead.)
 * @param predicate a scalar tensor of bool.
 * @param onTrue a function of the operands, which are trees; returns a tree.
 * @param onFalse likewise: its result has the same structure, shapes and dtypes.
 * @throws ArgumentError when the predicate is no tensor; DTypeError when it is no bool; ShapeError when it is no scalar; TreeError,
 * ShapeError or DTypeError when the branches differ in what they return; AbstractValueError when one reads a value.
 * @example
 * const f = (x: Tensor) => cond(greater(x, 0), (at) => exp(at), (at) => mul(at, 2), x);
 * f(tensor(-3)).item(); // -6
 * grad(f)(tensor(0)).item(); // 2
 */
export const cond: Conditional = defineComposite<Conditional>(
  {
    name: "cond",
    samples: [
      { args: [draw([], { dtype: "bool" }), (x: AnyTensor) => sin(x), (x: AnyTensor) => mul(x, x), draw([2, 3])] },
      {
        args: [
          draw([], { dtype: "bool" }),
          (x: AnyTensor, y: AnyTensor) => [mul(x, y), y],
          (x: AnyTensor, y: AnyTensor) => [sin(x), mul(y, y)],
          draw([2]),
          draw([2]),
        ],
      },
    ],
    errors: [
      {
        args: [draw([]), (x: AnyTensor) => x, (x: AnyTensor) => x, draw([2])],
        error: DTypeError,
        message: /cond: the predicate is float64, not bool; compare, as in greater\(x, 0\)/,
      },
      {
        args: [draw([2], { dtype: "bool" }), (x: AnyTensor) => x, (x: AnyTensor) => x, draw([2])],
        error: ShapeError,
        message: /cond: the predicate is \[2\], not a scalar; reduce it with all or any, or select elements with where/,
      },
      {
        args: [draw([], { dtype: "bool" }), (x: AnyTensor) => x, (x: AnyTensor) => [x], draw([2])],
        error: TreeError,
        message: /cond: one branch returns "tensor", the other \["tensor"\]/,
      },
    ],
  },
  run,
);

function run(
  predicate: unknown,
  onTrue: (...operands: unknown[]) => unknown,
  onFalse: (...operands: unknown[]) => unknown,
  ...operands: unknown[]
): unknown {
  const chosen = typeof predicate === "boolean" ? new Tensor([], "bool", Uint8Array.of(predicate ? 1 : 0)) : predicate;
  checkPredicate("cond", chosen);
  for (const branch of [onTrue, onFalse]) {
    if (typeof branch !== "function")
      throw new ArgumentError("cond", `a branch is of type ${typeof branch}`, "give two functions");
  }
  const [yes, no] = [trace("cond", onTrue, operands), trace("cond", onFalse, operands)];
  checkBranches(yes.result, no.result);
  // Both get all that either captures.
  const captured = [...new Set([...yes.captured, ...no.captured])];
  const withAll = ({ program, captured: own }: typeof yes): Program =>
    new Program(
      [...program.inputs.slice(0, program.inputs.length - own.length), ...captured],
      program.entries,
      program.outputs,
    );
  const inputs = [chosen, ...new Set(tensorsOf(operands)), ...captured];
  const made = apply(definition, inputs, { onTrue: withAll(yes), onFalse: withAll(no) });
  return withTensors(yes.result, made as readonly AnyTensor[]);
}

/** @throws unless a value is a scalar tensor of bool. */
export function checkPredicate(name: string, value: unknown): asserts value is AnyTensor {
  if (!isTensor(value))
    throw new ArgumentError(name, `the predicate is of type ${typeof value}`, "give a scalar tensor of bool");
  if (value.dtype !== "bool")
    throw new DTypeError(name, `the predicate is ${value.dtype}, not bool`, "compare, as in greater(x, 0)");
  if (value.rank !== 0) {
    throw new ShapeError(
      name,
      `the predicate is ${showShape(value.shape)}, not a scalar`,
      "reduce it with all or any, or select elements with where",
    );
  }
}

function checkBranches(yes: unknown, no: unknown): void {
  const [first, second] = [structureOf(yes), structureOf(no)];
  if (first !== second)
    throw new TreeError(
      "cond",
      `one branch returns ${first}, the other ${second}`,
      "return the same structure from both",
    );
  const others = tensorsOf(no);
  tensorsOf(yes).forEach(({ shape, dtype }, i) => {
    const other = others[i]!;
    const both = `${dtype} ${showShape(shape)}, the other ${other.dtype} ${showShape(other.shape)}`;
    if (!sameShape(shape, other.shape))
      throw new ShapeError("cond", `one branch returns ${both}`, "return the same shapes from both");
    if (dtype !== other.dtype) throw new DTypeError("cond", `one branch returns ${both}`, "cast in one of them");
  });
}

/** Signature of `cond`. */
export type Conditional = <Operands extends readonly unknown[], Yes, No>(
  predicate: Tensor<readonly [], "bool"> | Predicate | boolean,
  onTrue: (...operands: Operands) => Yes,
  onFalse: (...operands: Operands) => No,
  ...operands: Operands
) => Yes | No;
