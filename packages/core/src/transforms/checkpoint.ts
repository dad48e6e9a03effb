import { programFlops } from "../cost.ts";
import { ArgumentError } from "../errors.ts";
import { apply, type OpDef } from "../op.ts";
import { checkOptions } from "../options.ts";
import { Program, specsOf } from "../program.ts";
import { type Entry, unrecorded } from "../tape.ts";
import { type AnyTensor, storageOf } from "../tensor.ts";
import { tensorsOf, withTensors } from "../tree.ts";
import { decisionsOf, type Known, pullBackProgram, pushForwardProgram } from "./program-rules.ts";
import { trace, traceRule } from "./trace.ts";
import { batchProgram } from "./vmap.ts";

/** Which intermediate values to keep: asked of every operation within the function. */
export type KeepPolicy = (entry: Entry) => boolean;

export interface CheckpointOptions {
  /** Nothing, if not given. */
  readonly keep?: KeepPolicy;
}

const products = new Set(["gemm", "convolve", "convolveInput", "convolveKernel", "solve"]);

/**
 * Keeps the results of matrix products, convolutions and solved systems: the costly operations do not run again, the cheap ones do.
 * @example
 * const layer = checkpoint((w: Tensor, x: Tensor) => tanh(matmul(x, w)), { keep: keepProducts });
 */
export const keepProducts: KeepPolicy = ({ operation }) => products.has(operation.name);

interface Checkpointed {
  /** From the inputs to the results, followed by what is kept. */
  readonly program: Program;
}

/** Entries all of whose outputs are results, or kept: they need not run again. */
function knownOf(program: Program, outputs: readonly AnyTensor[]): Known {
  const values = new Map(program.outputs.map((output, i) => [output, outputs[i]!]));
  return new Map(
    program.entries
      .filter((entry) => entry.outputs.every((output) => values.has(output)))
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
  branches: ({ inputs, attributes: { program } }) => decisionsOf(program, inputs),
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
  const { keep = () => false } = options;
  return (...args) => {
    const { program, captured, result } = trace("checkpoint", f, args);
    const kept = program.entries.filter(keep).flatMap((entry) => entry.outputs);
    const keeping = new Program(program.inputs, program.entries, [...program.outputs, ...kept]);
    const inputs = [...new Set(tensorsOf(args)), ...captured];
    return withTensors(result, apply(definition, inputs, { program: keeping }) as readonly AnyTensor[]);
  };
}
