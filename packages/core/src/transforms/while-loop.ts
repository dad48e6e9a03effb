import { any } from "../composites/elementwise.ts";
import { programFlops } from "../cost.ts";
import { zerosLike } from "../create.ts";
import { isFloat } from "../dtype.ts";
import { ArgumentError, GradientError } from "../errors.ts";
import { apply, type OpDef } from "../op.ts";
import { add } from "../ops/arithmetic.ts";
import { alignedTo } from "../ops/batching.ts";
import { broadcastTo } from "../ops/movement.ts";
import { where } from "../ops/where.ts";
import { Program, specsOf } from "../program.ts";
import { unrecorded } from "../tape.ts";
import { type AnyTensor, abstract, storageOf, Tensor } from "../tensor.ts";
import { tensorsOf, withTensors } from "../tree.ts";
import { checkCarry } from "./carry.ts";
import { checkPredicate } from "./cond.ts";
import { inParts } from "./in-parts.ts";
import type { Widened } from "./mapped-types.ts";
import { pushForwardProgram } from "./program-rules.ts";
import { trace, traceRule } from "./trace.ts";
import { batchProgram } from "./vmap.ts";

/** Both programs take the constants, and then what is carried. */
interface While {
  readonly condition: Program;
  readonly body: Program;
  readonly constants: number;
}

const definition: OpDef<While> = {
  name: "whileLoop",
  infer: (_, { body }) => specsOf(body.outputs),
  forward: (inputs, { condition, body, constants }) => {
    const fixed = inputs.slice(0, constants);
    let carry = inputs.slice(constants);
    unrecorded(() => {
      while (storageOf(condition.run([...fixed, ...carry])[0]!)[0]) carry = body.run([...fixed, ...carry]);
    });
    return carry.map(storageOf);
  },
  vjp: () => {
    throw new GradientError(
      "whileLoop",
      "it has no reverse mode, because how many steps there are is not known before they are made",
      "use scan with a fixed number of steps, or forward mode: jvp, or jacobian in mode forward",
    );
  },
  jvp: (tangents, { inputs, attributes: { condition, body, constants } }) => {
    const [fixed, initial] = [inputs.slice(0, constants), inputs.slice(constants)];
    const fixedMoves = tangents.slice(0, constants);
    const moving = fixedMoves.filter((tangent) => tangent !== undefined);
    // Whatever is carried may begin to move at the first step.
    const smooth = initial.map(({ dtype }) => isFloat(dtype));
    const start = initial.flatMap((value, i) => (smooth[i] ? [tangents[constants + i] ?? zerosLike(value)] : []));
    const all = [...fixed, ...moving, ...initial, ...start];
    const groups = [fixed, moving, initial, start] as const;
    const made = apply(definition, all, {
      constants: fixed.length + moving.length,
      condition: traceRule((...values) => {
        const [own, , carry] = inParts(values, groups);
        return condition.run([...own, ...carry]);
      }, all),
      body: traceRule((...values) => {
        const [own, ownMoves, carry, carryMoves] = inParts(values, groups);
        const moves = [
          ...fixedMoves.map((move) => move && ownMoves.shift()),
          ...smooth.map((is) => (is ? carryMoves.shift() : undefined)),
        ];
        const pushed = pushForwardProgram(body, [...own, ...carry], moves);
        const moved = pushed.outputs.map((output, i) => pushed.tangents[i] ?? zerosLike(output));
        return [...pushed.outputs, ...moved.filter((_, i) => smooth[i])];
      }, all),
    }) as readonly AnyTensor[];
    const moved = made.slice(initial.length);
    return smooth.map((is) => (is ? moved.shift()! : null));
  },
  // How many steps there were.
  branches: ({ inputs, attributes: { condition, body, constants } }) => {
    const all = [...inputs, new Tensor([], "int32", new Int32Array(1))];
    const steps = all.length - 1;
    const made = apply(definition, all, {
      constants,
      condition: traceRule((...values) => condition.run(values.slice(0, steps)), all),
      body: traceRule((...values) => [...body.run(values.slice(0, steps)), add(values[steps]!, 1)], all),
    }) as readonly AnyTensor[];
    return made.slice(-1);
  },
  flops: ({ attributes: { condition, body } }) => programFlops(condition) + programFlops(body),
  // The loop goes on while any example does; those that are done keep what they carry.
  batch: (inputs, { size, batched, attributes: { condition, body, constants } }) => {
    const isBatched = batched.map((is, i) => is || i >= constants);
    const ready = inputs.map((input, i) =>
      isBatched[i] === batched[i] ? input : (broadcastTo(input, [size, ...input.shape]) as AnyTensor),
    );
    const goesOn = (values: readonly AnyTensor[]): AnyTensor => batchProgram(condition, values, isBatched, size)[0]!;
    return apply(definition, ready, {
      constants,
      condition: traceRule((...values) => [any(goesOn(values) as Bools)], ready),
      body: traceRule((...values) => {
        const selected = goesOn(values);
        return batchProgram(body, values, isBatched, size).map((next, i) =>
          where(alignedTo(next.rank - 1, selected, true) as Bools, next, values[constants + i]!),
        );
      }, ready),
    });
  },
  samples: [],
};

type Bools = Tensor<readonly number[], "bool">;

/**
 * Repeats a step while a condition on what it carries holds. It is differentiated in forward mode only, since reverse mode would have to
 * keep what every step carries, for a number of steps that is not known. Both functions are traced, and may close over parameters. Under
 * `vmap` the loop goes on until the last example is done.
 * @param condition from what is carried to a scalar of bool.
 * @param body from what is carried, a tree, to what is carried on: with the same structure, shapes and dtypes.
 * @param init what is carried first.
 * @throws GradientError in reverse mode; DTypeError or ShapeError when the condition gives no scalar of bool; TreeError, ShapeError or
 * DTypeError when a step changes what it carries; AbstractValueError when a function reads a value.
 * @example
 * // Newton's iteration for a square root
 * const root = (a: Tensor) => whileLoop((x) => greater(abs(sub(mul(x, x), a)), 1e-6), (x) => mul(add(x, div(a, x)), 0.5), tensor(1));
 * root(tensor(9)).item(); // 3
 */
export function whileLoop<Carry>(
  condition: (carry: Carry) => AnyTensor,
  body: (carry: Carry) => Widened<Carry>,
  init: Carry,
): Widened<Carry> {
  for (const f of [condition, body]) {
    if (typeof f !== "function")
      throw new ArgumentError("whileLoop", `an argument is of type ${typeof f}`, "give a condition and a body");
  }
  const carry = tensorsOf(init);
  const example = withTensors(
    init,
    carry.map(({ shape, dtype }) => abstract(shape, dtype)),
  );
  const test = trace("whileLoop", condition, [example]);
  checkPredicate("whileLoop", test.result);
  const step = trace("whileLoop", body, [example]);
  checkCarry("whileLoop", init, step.result);
  const captured = [...new Set([...test.captured, ...step.captured])];
  const withAll = ({ program }: typeof test | typeof step): Program =>
    new Program([...captured, ...program.inputs.slice(0, carry.length)], program.entries, program.outputs);
  const attributes: While = { condition: withAll(test), body: withAll(step), constants: captured.length };
  const made = apply(definition, [...captured, ...carry], attributes) as readonly AnyTensor[];
  return withTensors(init, made) as Widened<Carry>;
}
