import {
  type AnyTensor,
  ArgumentError,
  compile,
  type DType,
  type ExplainOptions,
  type Gradient,
  isFloat,
  isTensor,
  type Tensor,
  tensor,
  treeLeaves,
  valueAndGrad,
} from "@tapegrad/core/functions";
import { checkState } from "./check-state.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Scalars } from "./rule.ts";
import type { ScalarsByPath, StepScalars } from "./scalars.ts";
import type { Hyper, OptimizerState } from "./state.ts";
import type { Timed } from "./transformation.ts";

/** One step of training: the next model and state, the cost before the step, and what the cost came with. */
export interface Trained<Model, H extends Hyper, Aux> {
  readonly model: Model;
  readonly state: OptimizerState<H>;
  readonly value: Tensor<readonly []>;
  readonly aux: Aux;
}

/** A step of training; the model and the state that it is given are used up. */
export interface TrainingStep<Model, H extends Hyper, Inputs extends unknown[], Aux> {
  (model: Model, state: OptimizerState<H>, ...inputs: Inputs): Trained<Model, H, Aux>;
  /** What the compiled program does, as text. */
  readonly explain: (options?: ExplainOptions) => string;
  /** Why programs were made; see `compile`. */
  readonly traces: readonly string[];
}

/**
 * A whole step of training as one compiled program: the cost, its gradient and the optimizer's update. The model and the state are handed over
 * (see `donate` of `compile`), so that they stay in the program's memory from step to step: use those that the step returns. Numbers that
 * change with the step (learning rate, corrections) and keys are inputs, so that nothing is traced again. Whether gradients are finite is
 * not checked.
 * @param cost of the model and further inputs, which are trees of tensors: a scalar, or `[scalar, aux]` with anything else worth returning,
 * such as the updates of `apply` of nn: `withUpdates(trained.model, trained.aux)` is then the next model.
 * @throws ArgumentError for what is no cost, or no optimizer; what `compile`, `valueAndGrad` and the optimizer throw, at the first call.
 * @example
 * const optimizer = sgd({ learningRate: 0.25 });
 * const step = trainingStep((model: { w: Tensor }, x: Tensor) => sum(mul(model.w, x)), optimizer);
 * const start = { w: tensor([1, 2]) };
 * step(start, optimizer.init(start), tensor([4, 8])).model.w.toArray(); // [0, 0]
 */
export function trainingStep<Model, H extends Hyper, Inputs extends unknown[], Aux = undefined>(
  cost: (model: Model, ...inputs: Inputs) => AnyTensor | readonly [AnyTensor, Aux],
  optimizer: Optimizer<H>,
): TrainingStep<Model, H, Inputs, Aux> {
  if (typeof cost !== "function")
    throw new ArgumentError("trainingStep", `the cost is of type ${typeof cost}`, "give a function of the model");
  if (typeof optimizer?.apply !== "function")
    throw new ArgumentError(
      "trainingStep",
      "the second argument is no optimizer",
      "give one, as in sgd({ ... }); for lbfgs there is minimize",
    );
  const differentiate = valueAndGrad(
    (model: Model, ...inputs: Inputs): readonly [AnyTensor, Aux] => {
      const result = cost(model, ...inputs);
      return isTensor(result) ? [result, undefined as Aux] : result;
    },
    { aux: true },
  );
  const program = compile(
    (model: Model, slots: OptimizerState["slots"], scalars: StepScalars, state: OptimizerState<H>, inputs: Inputs) => {
      const { value, gradient, aux } = differentiate(model, ...inputs);
      const stepped = optimizer.apply(model, gradient as Gradient<Model>, { ...state, slots }, scalars);
      return { value, aux, ...stepped };
    },
    { donate: [0, 1] },
  );
  const step = (model: Model, state: OptimizerState<H>, ...inputs: Inputs): Trained<Model, H, Aux> => {
    const advice = "call step(model, state, ...) with what optimizer.init(model) or the last step returned";
    checkState("trainingStep", state, advice);
    const scalars = asTensors(optimizer.scalars(state), model);
    // What changes with every step is not part of the program.
    const settings = { ...state, step: 0, pending: 0, rested: {}, slots: {} };
    const { value, aux, ...stepped } = program(model, state.slots, scalars, settings, inputs);
    return { model: stepped.model, state: optimizer.advance(state, stepped), value: value as Tensor<readonly []>, aux };
  };
  return Object.assign(step, { explain: program.explain, traces: program.traces });
}

/** Scalars as tensors of the dtype of the parameters that they are for. */
function asTensors({ chain, ...ofRule }: StepScalars, model: unknown): StepScalars {
  const parameters = treeLeaves(model).filter(({ kind }) => kind === "parameter");
  const dtypes = new Map(parameters.map(({ path, value }) => [path, (value as AnyTensor).dtype]));
  const [dtype = "float32", ...others] = [...new Set(dtypes.values())].filter(isFloat);
  const convert = <T extends Scalars | Timed>({ common, byPath }: ScalarsByPath<T>): ScalarsByPath<T> => {
    const paths = others.length > 0 ? [...dtypes.keys()] : Object.keys(byPath);
    return {
      common: ofDType(common, dtype),
      byPath: Object.fromEntries(
        paths.map((path) => [path, ofDType(byPath[path] ?? common, dtypes.get(path) ?? dtype)]),
      ),
    };
  };
  if (chain === undefined) return convert(ofRule);
  const converted = Object.entries(chain).map(([name, scalars]) => [name, convert(scalars)]);
  return { ...convert(ofRule), chain: Object.fromEntries(converted) };
}

function ofDType<T extends Scalars | Timed>(scalars: T, dtype: DType): T {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, value]) => [
      name,
      typeof value === "number" ? (tensor(value, { dtype }) as AnyTensor) : value,
    ]),
  ) as T;
}
