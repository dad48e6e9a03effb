import { type AnyTensor, GradientError, isTensor, jvp, vjp } from "@tapegrad/core";
import { pulledBack } from "../derivative-checks.ts";
import { during, isMoved, type Runs, Thrown } from "./runs.ts";
import { blocksOf, flatten, type Subject, tensorOf, unflatten } from "./subject.ts";

/** Reverse mode at a point: cotangents of the results to a gradient, both flat. */
export class Reverse {
  /** What the function gave. */
  readonly values: Float64Array;
  readonly #runs: Runs;
  readonly #pullBack: (cotangents: never) => unknown;

  constructor(runs: Runs) {
    this.#runs = runs;
    const { value, pullBack } = during("reverse mode", () => vjp(runs.subject.run)(runs.tensors));
    this.values = flatten(value);
    this.#pullBack = pullBack;
  }

  /** @throws Thrown when a gradient has not the shape and dtype of its parameter. */
  gradient(weights: Float64Array): Float64Array {
    const cotangents = unflatten(weights, this.#runs.outputs);
    const pulled = during("reverse mode", () => this.#pullBack(cotangents as never)) as readonly unknown[];
    this.#runs.subject.inputs.forEach(({ path, shape, dtype }, i) => {
      const own = pulled[i];
      const fits = isTensor(own) && own.dtype === dtype && `${own.shape}` === `${shape}`;
      if (fits) return;
      const found = isTensor(own) ? `${own.dtype} [${own.shape}]` : "no tensor";
      const cause = new GradientError(
        "gradient",
        `that of ${path || "the argument"}, ${dtype} [${shape}], is ${found}`,
      );
      throw new Thrown("reverse mode", cause);
    });
    return flatten(pulled as readonly AnyTensor[]);
  }
}

/** Forward mode: the derivative of all results along a direction, flat. */
export function tangentOf(
  { subject, tensors }: Pick<Runs, "subject" | "tensors">,
  direction: Float64Array,
): Float64Array {
  const tangents = subject.inputs.map((block) => {
    return isMoved(direction, block) ? tensorOf(direction, block) : null;
  });
  const { value, tangent } = during("forward mode", () => jvp(subject.run)(tensors, tangents as never));
  const tangentTensors = tangent as unknown as readonly AnyTensor[];
  // Tangents of results, whatever their dtypes.
  const blocks = blocksOf(value, []);
  const flat = new Float64Array(blocks.reduce((sum, { size }) => sum + size, 0));
  tangentTensors.forEach((own, i) => {
    flat.set(own.data(), blocks[i]!.start);
  });
  return flat;
}

/**
 * The pull-back of a function as a function of the point and of the cotangents: with fixed ones, bilinear operations would be checked as
 * 0 = 0.
 */
export function pullBackOf({ inputs, at, run }: Subject, outputs: Runs["outputs"], cotangents: Float64Array): Subject {
  const paths = outputs.map(({ path }) => (path === "" ? "(cotangent)" : `(cotangent of ${path})`));
  const received = unflatten(cotangents, outputs);
  const own = inputs.map(({ path }) => path);
  return {
    inputs: blocksOf([...at, ...received], [...own, ...paths]),
    at: [...at, ...received],
    run: pulledBack(run, inputs.length),
    outputPaths: () => own,
  };
}

/** Σ a·b, and Σ|a·b|. */
export function dot(a: Float64Array, b: Float64Array): { value: number; size: number } {
  let [value, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const term = a[i]! * b[i]!;
    value += term;
    size += Math.abs(term);
  }
  return { value, size };
}
