import { Program } from "../program.ts";
import { isWatched, recordOn, Tape } from "../tape.ts";
import { type AnyTensor, abstract } from "../tensor.ts";
import { tensorsOf, withTensors } from "../tree.ts";
import { outputsOf } from "./trees.ts";

/** A function's run on abstract values. */
export interface Traced<Out> {
  /** From the tensors of the arguments, each once, followed by those that were captured, to the tensors of the result at each place. */
  readonly program: Program;
  /** Tensors that the function closes over and that a tape around it watches: differentiated, batched, or inputs of its own. */
  readonly captured: readonly AnyTensor[];
  /** What the function returned, with abstract tensors. */
  readonly result: Out;
}

/**
 * Runs a function once on abstract tensors of the shapes and dtypes of its arguments, which are trees, and keeps what it did.
 * @throws AbstractValueError when the function reads a value; GradientError when it returns a promise or no tensor.
 */
export function trace<Args extends unknown[], Out>(name: string, f: (...args: Args) => Out, args: Args): Traced<Out> {
  const places = tensorsOf(args);
  const inputs = new Map<AnyTensor, AnyTensor>();
  for (const tensor of places) if (!inputs.has(tensor)) inputs.set(tensor, abstract(tensor.shape, tensor.dtype));
  const tape = new Tape([...inputs.values()], { isTrace: true });
  const result = recordOn(tape, () =>
    f(
      ...withTensors(
        args,
        places.map((tensor) => inputs.get(tensor)!),
      ),
    ),
  );
  outputsOf(name, result);
  const outputs = tensorsOf(result);
  const used = new Set([...tape.entries.flatMap((entry) => entry.inputs), ...outputs]);
  const captured = [...used].filter((tensor) => !tape.watches(tensor) && isWatched(tensor));
  return { program: new Program([...tape.inputs, ...captured], tape.entries, outputs), captured, result };
}

/** The program of a function of tensors that closes over nothing: a rule, made from another program. */
export function traceRule(f: (...tensors: AnyTensor[]) => readonly AnyTensor[], like: readonly AnyTensor[]): Program {
  const inputs = like.map(({ shape, dtype }) => abstract(shape, dtype));
  const tape = new Tape(inputs, { isTrace: true });
  const outputs = recordOn(tape, () => f(...inputs));
  return new Program(inputs, tape.entries, outputs);
}
