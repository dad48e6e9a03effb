import {
  type AnyTensor,
  ArgumentError,
  abs,
  add,
  checkOptions,
  isTensor,
  type Leaf,
  mul,
  square,
  sum,
  type Tensor,
  treeLeaves,
} from "@tapegrad/core/functions";

export interface PenaltyOptions {
  /** m, the number of examples in the batch whose mean loss the penalty is added to; 1 if not given. */
  readonly examples?: number;
  /** Which parameters count; if not given those of two or more axes, which leaves out biases and scales. */
  readonly select?: (parameter: Leaf) => boolean;
}

/**
 * λ/(2m) · Σ w² over the weights of a model, an operation on the tape: the gradient λ/m · w falls out of the sweep. A
 * tensor that stands at several places (tied weights) counts once.
 * @throws ArgumentError for a λ below 0, an m that is not above 0, or when no parameter counts.
 * @example
 * const model = { weight: tensor([[1, 2]]), bias: tensor([5]) };
 * l2Penalty(model, 0.6, { examples: 3 }).item(); // 0.5
 */
export function l2Penalty(model: unknown, lambda: number, options: PenaltyOptions = {}): Tensor<readonly []> {
  return penalty("l2Penalty", square, model, 2, lambda, options);
}

/**
 * λ/m · Σ |w| over the weights of a model, as `l2Penalty`. The gradient at 0 is 0.
 * @throws as `l2Penalty`.
 * @example
 * const model = { weight: tensor([[1, -2]]), bias: tensor([5]) };
 * l1Penalty(model, 0.5).item(); // 1.5
 */
export function l1Penalty(model: unknown, lambda: number, options: PenaltyOptions = {}): Tensor<readonly []> {
  return penalty("l1Penalty", abs, model, 1, lambda, options);
}

const isWeight = ({ value }: Leaf): boolean => isTensor(value) && value.rank >= 2;

function penalty(
  name: string,
  measure: (w: AnyTensor) => AnyTensor,
  model: unknown,
  divisor: number,
  lambda: number,
  options: PenaltyOptions,
): Tensor<readonly []> {
  checkOptions(name, options, "examples", "select");
  const { examples = 1, select = isWeight } = options;
  if (!(lambda >= 0 && lambda < Infinity)) {
    throw new ArgumentError(name, `lambda is ${lambda}`, "give a finite number that is 0 or more");
  }
  if (!(examples > 0)) {
    throw new ArgumentError(name, `the number of examples is ${examples}`, "give a number above 0");
  }
  if (typeof select !== "function") {
    throw new ArgumentError(name, "select is no function", 'give one, as in ({ path }) => path.endsWith("weight")');
  }
  const parameters = treeLeaves(model).filter(({ kind }) => kind === "parameter");
  const chosen = new Set(parameters.flatMap((leaf) => (select(leaf) ? [leaf.value as AnyTensor] : [])));
  if (chosen.size === 0) {
    const found = parameters.slice(0, 4).map(({ path }) => path);
    const among = found.length === 0 ? "the model has none" : `the model has ${found.join(", ")}`;
    throw new ArgumentError(name, `no parameter counts; ${among}`, "choose some with select");
  }
  let total: AnyTensor | undefined;
  for (const weight of chosen) {
    const term = sum(measure(weight));
    total = total === undefined ? term : add(total, term);
  }
  return mul(total!, lambda / (divisor * examples)) as Tensor<readonly []>;
}
