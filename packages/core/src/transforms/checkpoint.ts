import { isFloat } from "../dtype.ts";
import { Key } from "../key.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";
import { treeMap, treeVisit } from "../tree.ts";
import { opaqueOperation, runOpaque } from "./opaque.ts";
import { outputsOf } from "./trees.ts";
import { vjp } from "./vjp.ts";

const operation = opaqueOperation("checkpoint");

/** The tensors of a tree, those in keys too, each once. */
function tensorsOf(tree: unknown): AnyTensor[] {
  const found = new Set<AnyTensor>();
  treeVisit(tree, ({ value }) => found.add(isTensor(value) ? value : value.bits));
  return [...found];
}

/** The tree with other tensors, and keys of other bits. */
function withTensors<T>(tree: T, replaced: ReadonlyMap<AnyTensor, AnyTensor>): T {
  return treeMap(tree, ({ value }) =>
    isTensor(value) ? replaced.get(value) : new Key(replaced.get(value.bits) as Key["bits"]),
  ) as T;
}

const paired = (from: readonly AnyTensor[], to: readonly AnyTensor[]): Map<AnyTensor, AnyTensor> =>
  new Map(from.map((tensor, i) => [tensor, to[i]!]));

/**
 * A function whose intermediate values are not kept for the reverse sweep: only its arguments and results are, and it runs again when the
 * sweep arrives there. Random draws from keys among the arguments are the same both times (Griewank and Walther, "Revolve", 2000; Chen et al.,
 * "Training deep nets with sublinear memory cost", 2016).
 * @param f a function of trees whose parameters all come in as arguments.
 * @throws GradientError when the function closes over what is being differentiated, or returns a promise or no tensor.
 * @example
 * const layer = checkpoint((w: Tensor, x: Tensor) => tanh(matmul(x, w)));
 * grad((w: Tensor) => sum(layer(w, ones([1, 2]))))(zeros([2, 2])).toArray(); // [[1, 1], [1, 1]]
 */
export function checkpoint<Args extends unknown[], Out>(f: (...args: Args) => Out): (...args: Args) => Out {
  return (...args) => {
    const inputs = tensorsOf(args);
    let result: Out | undefined;
    let outputs: readonly AnyTensor[] = [];
    const outcome = runOpaque(
      operation,
      (tensors) => {
        const value = f(...withTensors(args, paired(inputs, tensors)));
        outputsOf("checkpoint", value);
        [result, outputs] = [value, tensorsOf(value)];
        return { values: outputs, pullBack: (cotangents) => pullBackAgain(f, args, inputs, tensors, cotangents) };
      },
      inputs,
    );
    return withTensors(result as Out, paired(outputs, outcome));
  };
}

/** Runs the function once more, and pulls cotangents of its outputs back. */
function pullBackAgain<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  args: Args,
  inputs: readonly AnyTensor[],
  tensors: readonly AnyTensor[],
  cotangents: readonly AnyTensor[],
): readonly (AnyTensor | null)[] {
  const smooth = tensors.map(({ dtype }) => isFloat(dtype));
  const floats = tensors.filter((_, i) => smooth[i]);
  if (floats.length === 0) return tensors.map(() => null);
  const again = (xs: readonly AnyTensor[]): readonly AnyTensor[] => {
    let next = 0;
    const all = tensors.map((tensor, i) => (smooth[i] ? xs[next++]! : tensor));
    return tensorsOf(f(...withTensors(args, paired(inputs, all))));
  };
  const { value, pullBack } = vjp(again)(floats);
  const received = value.map((output, i) => (isFloat(output.dtype) ? cotangents[i]! : null));
  const pulled = pullBack(received as never) as readonly AnyTensor[];
  let next = 0;
  return smooth.map((isSmooth) => (isSmooth ? pulled[next++]! : null));
}
