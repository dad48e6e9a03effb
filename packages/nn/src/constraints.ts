import {
  type AnyTensor,
  ArgumentError,
  type Axes,
  clamp,
  div,
  equal,
  isTensor,
  mul,
  norm,
  pathMatches,
  relu,
  ShapeError,
  treeLeaves,
  treeMap,
  where,
} from "@tapegrad/core/functions";

/** What puts a parameter back, after an update, among the tensors that are allowed: of the same shape and dtype. */
export type Constraint = (parameter: AnyTensor) => AnyTensor;

/** (length of a vector, its own) => what to multiply it by; a vector of zeros has no direction, and stays. */
const rescaled =
  (axis: Axes, lengthFor: (length: AnyTensor) => AnyTensor | number): Constraint =>
  (w) => {
    const length = norm(w, axis, { keepdims: true }) as AnyTensor;
    const isZero = equal(length, 0);
    return mul(w, where(isZero, 1, div(lengthFor(length), where(isZero, 1, length)))) as AnyTensor;
  };

/**
 * Norms along axes of at most a limit: longer vectors are shortened (Srivastava et al., "Dropout: a simple way to prevent neural
 * networks from overfitting", JMLR 2014, section 5.1).
 * @param axis the axes along which a vector lies; the last if not given: in a weight of [out, in], the inputs of each output.
 * @throws ArgumentError for a limit that is not above 0.
 * @example
 * maxNorm(5)(tensor([[6, 8], [3, 0]])).toArray(); // [[3, 4], [3, 0]]
 */
export function maxNorm(limit: number, axis: Axes = -1): Constraint {
  if (!(typeof limit === "number" && limit > 0)) {
    throw new ArgumentError("maxNorm", `the limit is ${String(limit)}`, "give a number above 0");
  }
  return rescaled(axis, (length) => clamp(length, null, limit) as AnyTensor);
}

/**
 * Norms along axes between two limits. A vector of zeros stays.
 * @param axis as for `maxNorm`.
 * @throws ArgumentError for limits that are below 0 or in the wrong order.
 * @example
 * minMaxNorm(1, 5)(tensor([[6, 8], [0.5, 0]])).toArray(); // [[3, 4], [1, 0]]
 */
export function minMaxNorm(low: number, high: number, axis: Axes = -1): Constraint {
  if (!(typeof low === "number" && typeof high === "number" && low >= 0 && high >= low)) {
    throw new ArgumentError("minMaxNorm", `the limits are ${low} and ${high}`, "give two from 0, the lower one first");
  }
  return rescaled(axis, (length) => clamp(length, low, high) as AnyTensor);
}

/**
 * Norms along axes of 1. A vector of zeros stays.
 * @param axis as for `maxNorm`.
 * @example
 * unitNorm()(tensor([[3, 4], [0, 0]])).toArray(); // [[0.6000000238418579, 0.800000011920929], [0, 0]]
 */
export function unitNorm(axis: Axes = -1): Constraint {
  return rescaled(axis, () => 1);
}

/**
 * No element below 0.
 * @example
 * nonNegative()(tensor([-1, 2])).toArray(); // [0, 2]
 */
export function nonNegative(): Constraint {
  return (w) => relu(w);
}

/**
 * The model with parameters that obey constraints: what to call after each update.
 * @param constraints by paths (`layers.0.weight`), paths of parts (`layers.0`), or either with `*` for a step of a path. A
 * parameter that fits several goes through them in order; tied ones stay tied.
 * @throws ArgumentError for a pattern that fits no parameter, or what is no function; ShapeError for a constraint that changes
 * shape or dtype.
 * @example
 * const model = new Sequential(new Linear(2, 3, { key: key(0) }), new Relu());
 * const next = constrain(model, { "layers.*.weight": maxNorm(3), "layers.0.bias": nonNegative() });
 */
export function constrain<T>(model: T, constraints: Readonly<Record<string, Constraint>>): T {
  if (constraints === null || typeof constraints !== "object") {
    const advice = 'give an object, as in { "layers.*.weight": maxNorm(3) }';
    throw new ArgumentError("constrain", "the constraints stand at no paths", advice);
  }
  const parameters = treeLeaves(model).filter(({ kind }) => kind === "parameter");
  const chosen = new Map<unknown, Set<Constraint>>();
  for (const [pattern, constraint] of Object.entries(constraints)) {
    if (typeof constraint !== "function") {
      throw new ArgumentError("constrain", `what "${pattern}" is given is no function`, "give one, such as maxNorm(3)");
    }
    const fitting = parameters.filter(({ path }) => pathMatches(pattern, path));
    if (fitting.length === 0) {
      const paths = parameters.slice(0, 6).map(({ path }) => path);
      throw new ArgumentError("constrain", `"${pattern}" fits no parameter`, `there are ${paths.join(", ") || "none"}`);
    }
    for (const { value } of fitting) chosen.set(value, (chosen.get(value) ?? new Set()).add(constraint));
  }
  return treeMap(model, ({ path, value }) => {
    let w = value;
    for (const constraint of chosen.get(value) ?? []) w = checked(path, w as AnyTensor, constraint(w as AnyTensor));
    return w;
  }) as T;
}

function checked(path: string, before: AnyTensor, after: AnyTensor): AnyTensor {
  const show = ({ dtype, shape }: AnyTensor): string => `${dtype} [${shape.join(", ")}]`;
  if (isTensor(after) && show(after) === show(before)) return after;
  const given = isTensor(after) ? show(after) : "no tensor";
  throw new ShapeError("constrain", `${path} is ${show(before)}, its constraint gave ${given}`, "keep its form");
}
