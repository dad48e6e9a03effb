import { flopsOf, programFlops } from "../cost.ts";
import { ArgumentError } from "../errors.ts";
import { apply, type OpDef } from "../op.ts";
import { checkOptions } from "../options.ts";
import { Program, specsOf } from "../program.ts";
import { type Entry, unrecorded } from "../tape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { tensorsOf, withTensors } from "../tree.ts";
import { type Known, pullBackProgram, pushForwardProgram, runDeciding } from "./program-rules.ts";
import { trace, traceRule } from "./trace.ts";
import { batchProgram } from "./vmap.ts";

/** Which intermediate values to keep: asked of every operation within the function. */
export type KeepPolicy = (entry: Entry) => boolean;

export interface CheckpointOptions {
  /** Nothing, if not given. */
  readonly keep?: KeepPolicy;
}

/** Operations per element of a result from which on it is dearer to compute again than to keep. */
const COSTLY = 8;

/**
 * Keeps results that took more than 8 floating-point operations per element: those of matrix products, convolutions and linear systems. What is
 * elementwise runs again.
 * @example
 * const layer = checkpoint((w: Tensor, x: Tensor) => tanh(matmul(x, w)), { keep: keepCostly });
 */
export const keepCostly: KeepPolicy = (entry) =>
  flopsOf(entry) > COSTLY * entry.outputs.reduce((total, { size }) => total + size, 0);

interface Checkpointed {
  /** From the inputs to the results, followed by what is kept. */
  readonly program: Program;
}

/**
 * Entries all of whose outputs are results, or kept: they need not run again. Those that run a function of their own must, for its pull-back
 * closes over values of the run.
 */
function knownOf(program: Program, results: readonly AnyTensor[]): Known {
  const values = new Map(program.outputs.map((output, i) => [output, results[i]!]));
  return new Map(
    program.entries
      .filter(
        ({ operation, outputs }) => !(operation as OpDef).reapply && outputs.every((output) => values.has(output)),
      )
      .map((entry) => [entry, entry.outputs.map((output) => values.get(output)!)]),
  );
}

const definition: OpDef<Checkpointed> = {
  name: "checkpoint",
  infer: (_, { program }) => specsOf(program.outputs),
  forward: (inputs, { program }) => unrecorded(() => program.run(inputs)).map(storageOf),
  vjp: (cotangents, { inputs, outputs, attributes: { program } }, needed, received) =>
    pullBackProgram(
      program,
      inputs,
      received.map((is, i) => (is ? cotangents[i] : undefined)),
      needed,
      knownOf(program, outputs),
    ),
  jvp: (tangents, { inputs, attributes: { program } }) => pushForwardProgram(program, inputs, tangents).tangents,
  branches: ({ inputs, attributes: { program } }) => runDeciding(program, inputs).decisions,
  flops: ({ attributes: { program } }) => programFlops(program),
  batch: (inputs, { attributes: { program }, batched, size }) =>
    apply(definition, inputs, { program: traceRule((...xs) => batchProgram(program, xs, batched, size), inputs) }),
  samples: [],
};

/**
 * A function whose intermediate values are not kept for the reverse sweep: only its arguments and results are, and what `keep` picks. The
 * rest is computed again when the sweep arrives there, with the same random draws (Griewank and Walther, "Revolve", 2000; Chen et al.,
 * "Training deep nets with sublinear memory cost", 2016). The function is traced on abstract values, and may close over parameters.
 * @param f a function of trees.
 * @throws AbstractValueError when the function reads a value; GradientError when it returns a promise or no tensor.
 * @example
 * const layer = checkpoint((w: Tensor, x: Tensor) => tanh(matmul(x, w)));
 * grad((w: Tensor) => sum(layer(w, ones([1, 2]))))(zeros([2, 2])).toArray(); // [[1, 1], [1, 1]]
 */
export function checkpoint<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  options: CheckpointOptions = {},
): (...args: Args) => Out {
  if (typeof f !== "function")
    throw new ArgumentError("checkpoint", `the argument is of type ${typeof f}`, "give a function");
  checkOptions("checkpoint", options, "keep");
  if (options.keep !== undefined && typeof options.keep !== "function") {
    throw new ArgumentError(
      "checkpoint",
      `keep is of type ${typeof options.keep}`,
      "give a function of an entry, such as keepCostly",
    );
  }
  const { keep = () => false } = options;
  return (...args) => {
    const { program, captured, result } = trace("checkpoint", f, args);
    const kept = program.entries.filter(keep).flatMap((entry) => entry.outputs);
    const keeping = new Program(program.inputs, program.entries, [...program.outputs, ...kept]);
    const inputs = [...new Set(tensorsOf(args)), ...captured];
    return withTensors(result, apply(definition, inputs, { program: keeping }) as readonly AnyTensor[]);
  };
}
