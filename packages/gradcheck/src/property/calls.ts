import {
  type AnyTensor,
  ArgumentError,
  adopt,
  Draw,
  isChecked,
  isTensor,
  key,
  type Sample,
  treeLeaves,
} from "@tapegrad/core";
import fc from "fast-check";
import { rescaleSample } from "../rescale-sample.ts";
import { type Drawn, drawArguments, leavesOf, replaceIn } from "../sample-arguments.ts";
import { printCall } from "./print-tape.ts";

/** A call of an operation, as a function of the tensors of float64 among its arguments. */
export interface OperationCall {
  readonly operation: string;
  readonly args: readonly unknown[];
  /** The tensors of float64 among the arguments, each once. */
  readonly at: readonly AnyTensor[];
  /** The float64 results of the call with other tensors in their places. */
  readonly f: (at: readonly AnyTensor[]) => readonly AnyTensor[];
}

/**
 * Calls of an operation or a composite: one of its samples with tensors drawn as it says, attributes included, also with other axis lengths
 * where the operation takes them. They shrink to the first sample, to axes of length 1, and to numbers of few digits.
 * @throws ArgumentError for what is no operation with samples.
 * @example
 * fc.assert(gradientProperty(calls(logsumexp)), { numRuns: 20 });
 */
export function calls(operation: unknown): fc.Arbitrary<OperationCall> {
  if (!isChecked(operation) || operation.definition.samples.length === 0) {
    throw new ArgumentError(
      "calls",
      "this is no operation with samples",
      "give one made by defineOp, defineUnary, defineBinary or defineComposite",
    );
  }
  const { samples } = operation.definition;
  const draft = fc.record({
    sample: fc.nat(samples.length - 1),
    lengths: fc.array(fc.nat(5), { minLength: LENGTHS, maxLength: LENGTHS }),
    // Nearly always most of them: round numbers are special points, ends of domains and ties. They are for shrinking.
    digits: fc.nat(1_000_000).map((n) => Math.min(n, MOST_DIGITS)),
    seed: fc.noShrink(fc.nat()),
  });
  return fc.noBias(draft).map(({ sample, lengths, digits, seed }) => {
    const own = samples[sample]!;
    const candidates = [resized(own, lengths), own].flatMap((one) => {
      const drawn = drawArguments(one.args, key(seed));
      return [rounded(drawn, digits), drawn];
    });
    return firstAccepted(operation, candidates);
  });
}

const MOST_DIGITS = 4;

/** As many different axis lengths as samples have. */
const LENGTHS = 6;

/** The sample with other lengths: 0 stands for 1, to which axes shrink, and 1 for the length that the sample has. */
function resized(sample: Sample, lengths: readonly number[]): Sample {
  const draws = leavesOf(sample.args).filter((leaf) => leaf instanceof Draw);
  const original = [...new Set(draws.flatMap(({ shape }) => [...shape]))];
  const to = (size: number, i: number): number => {
    const length = lengths[i % LENGTHS]!;
    return length === 1 ? size : Math.max(length, 1);
  };
  return rescaleSample(sample, new Map(original.map((size, i) => [size, to(size, i)])));
}

/** The arguments with numbers of few digits, where those are in the range of their draw and as different as before. */
function rounded({ args, tensors }: Drawn, digits: number): Drawn {
  const rounds = tensors.map(({ draw, tensor }) => {
    if (draw.definite || draw.regular || tensor.dtype !== "float64") return tensor;
    const values = Float64Array.from(tensor.data(), (x) => Number(x.toFixed(digits)) + 0);
    const margin = MARGIN * (draw.high - draw.low);
    const fits = values.every(
      (x) => x >= draw.low && x <= draw.high && draw.avoid.every((point) => Math.abs(x - point) >= margin),
    );
    const differs = !draw.distinct || new Set(values).size === values.length;
    return fits && differs ? (adopt(values, tensor.shape) as AnyTensor) : tensor;
  });
  return {
    args: replaceIn(args, new Map(tensors.map(({ tensor }, i) => [tensor, rounds[i]!]))),
    tensors: tensors.map(({ draw }, i) => ({ draw, tensor: rounds[i]! })),
    floats: rounds.filter(({ dtype }) => dtype === "float64"),
  };
}

const MARGIN = 0.05;

function firstAccepted(
  operation: ((...args: never[]) => unknown) & { definition: { name: string } },
  candidates: readonly Drawn[],
): OperationCall {
  const run = (args: readonly unknown[]): AnyTensor[] =>
    treeLeaves(operation(...(args as never[]))).flatMap(({ value }) =>
      isTensor(value) && value.dtype === "float64" ? [value] : [],
    );
  const chosen = candidates.find(({ args }) => isAccepted(run, args)) ?? candidates.at(-1)!;
  const { args, floats: at } = chosen;
  const { name } = operation.definition;
  const call = {
    operation: name,
    args,
    at,
    f: (xs: readonly AnyTensor[]) => run(replaceIn(args, new Map(at.map((x, i) => [x, xs[i]!])))),
  };
  return Object.defineProperty(call, fc.toStringMethod, { value: () => printCall(name, operation, args) });
}

/** Whether a call goes through, and has finite results. */
function isAccepted(run: (args: readonly unknown[]) => readonly AnyTensor[], args: readonly unknown[]): boolean {
  try {
    return run(args).every((result) => result.data().every(Number.isFinite));
  } catch {
    return false;
  }
}
