import { type Case, type Num, type StoredTensor, toNumber } from "./schema.ts";

// Where a reference made a choice at a kink, a tie or a NaN, and ours is another, the case asserts ours: the expectation
// is rewritten by the rule of the operation, which says why.

type Rewrite = (spec: Case) => Partial<Case>;

/** Replaces what is expected wherever an element of the inputs calls for it; `undefined` keeps it. */
function replace(stored: StoredTensor, choose: (i: number) => Num | undefined): StoredTensor {
  return { ...stored, data: stored.data.map((value, i) => choose(i) ?? value) };
}

const at = (spec: Case, input: number, i: number): unknown => spec.inputs![input]!.data[i];
const hasNaN = (spec: Case, i: number): boolean => spec.inputs!.some((_, input) => at(spec, input, i) === "nan");

/** The gradient at a NaN. The value is NaN whatever the gradient, so that nothing is hidden. */
const gradientAtNaN =
  (choice: number): Rewrite =>
  (spec) => ({
    grads: spec.grads!.map((stored) => stored && replace(stored, (i) => (hasNaN(spec, i) ? choice : undefined))),
  });

/** xᵃ is as IEEE 754 (and JavaScript) defines it; the reference takes roots instead, which differ at −∞ and −0. */
const powerOfIeee: Rewrite = (spec) => {
  const { exponent } = spec.attrs as { readonly exponent: number };
  if (Math.abs(exponent) !== 0.5) return {};
  const sign = exponent > 0;
  const value = (i: number): Num | undefined => {
    const x = at(spec, 0, i);
    if (x === "-inf") return sign ? "inf" : 0;
    return Object.is(x, -0) ? (sign ? 0 : "inf") : undefined;
  };
  const slope = (i: number): Num | undefined => {
    const x = at(spec, 0, i);
    if (x === "-inf") return 0;
    return Object.is(x, -0) ? (sign ? "inf" : "-inf") : undefined;
  };
  return { outputs: [replace(spec.outputs![0]!, value)], grads: [replace(spec.grads![0]!, slope)] };
};

/** Gradients at single values of the only input. */
const gradientAt =
  (choose: (x: number) => Num | undefined): Rewrite =>
  (spec) => ({ grads: [replace(spec.grads![0]!, (i) => choose(toNumber(at(spec, 0, i) as Num)))] });

/** Values at single values of the only input. */
const valueAt =
  (choose: (x: number) => Num | undefined): Rewrite =>
  (spec) => ({ outputs: [replace(spec.outputs![0]!, (i) => choose(toNumber(at(spec, 0, i) as Num)))] });

/** The reference divides by 6 in float32, also in float64: its slopes are off by this factor. */
const FLOAT32_SIXTH = 1 / 6 / Math.fround(1 / 6);

/** ∂²/∂xᵢ∂xⱼ Π x = Π of the others. With two zeros the reference takes a short cut that has no second derivative. */
const hessianOfProduct: Rewrite = (spec) => {
  const x = spec.inputs![0]!.data.map(toNumber);
  const others = (i: number, j: number): number =>
    i === j ? 0 : x.reduce((product, value, k) => (k === i || k === j ? product : product * value), 1);
  return { hessian: replace(spec.hessian!, (at) => others(Math.floor(at / x.length), at % x.length)) };
};

/**
 * A query that may attend to nothing gives zeros and no gradient: the reference takes the mean of no values, and its NaN
 * reaches every value by the gradient. Written out here for one mask of [queries, keys] and no scale of its own.
 */
const attentionToNothing: Rewrite = (spec) => {
  const [q, k, v, mask] = spec.inputs!.map(({ data }) => data.map(toNumber)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const g = spec.cotangents![0]!.data.map(toNumber);
  const [queries, features] = spec.inputs![0]!.shape.slice(-2) as [number, number];
  const [keys, width] = spec.inputs![2]!.shape.slice(-2) as [number, number];
  const gradient = v.map(() => 0);
  const isEmpty = (row: number): boolean => {
    const from = (row % queries) * keys;
    return mask.slice(from, from + keys).every((allowed) => allowed === 0);
  };
  for (let row = 0; row < q.length / features; row++) {
    if (isEmpty(row)) continue;
    const first = Math.floor(row / queries) * keys;
    const powers = Array.from({ length: keys }, (_, s) => {
      const score = Array.from({ length: features }, (_, e) => q[row * features + e]! * k[(first + s) * features + e]!);
      return mask[(row % queries) * keys + s] === 0 ? 0 : Math.exp(score.reduce((a, b) => a + b) / Math.sqrt(features));
    });
    const total = powers.reduce((a, b) => a + b);
    powers.forEach((power, s) => {
      for (let e = 0; e < width; e++) gradient[(first + s) * width + e]! += (power / total) * g[row * width + e]!;
    });
  }
  return {
    outputs: [replace(spec.outputs![0]!, (i) => (isEmpty(Math.floor(i / width)) ? 0 : undefined))],
    grads: spec.grads!.map((stored, input) => (input === 2 ? replace(stored!, (i) => gradient[i]) : stored)),
  };
};

/** What the reference has wrong, whatever the tags of the case. */
const corrections: Readonly<Record<string, Rewrite>> = {
  "hessian/prod": hessianOfProduct,
  "unary/hardsigmoid": (spec) => ({
    grads: spec.grads!.map(
      (stored) => stored && { ...stored, data: stored.data.map((value) => toNumber(value) * FLOAT32_SIXTH) },
    ),
  }),
};

const rules: Readonly<Record<string, Rewrite>> = {
  "attention/sdpa": attentionToNothing,
  // The limits, where the reference multiplies an infinity by 0; its approximation by tanh has a value of NaN at −∞, as ours has.
  "unary/gelu": (spec) => ({
    ...gradientAt((x) => (x === Infinity ? 1 : x === -Infinity ? 0 : undefined))(spec),
    ...(spec.attrs!.approximate !== "tanh" && valueAt((x) => (x === -Infinity ? 0 : undefined))(spec)),
  }),
  // Where the sigmoid is exactly 0 or 1, its slope of 0 is strong.
  "unary/logit": gradientAt((x) => ([0, 1].includes(1 / (1 + Math.exp(-x))) ? 0 : undefined)),
  // Outside the domain the value is NaN, and so is the slope.
  "unary/acosh": gradientAt((x) => (x < 1 ? "nan" : undefined)),
  // x > 0 is false for NaN.
  "unary/relu": gradientAtNaN(0),
  // A NaN is not outside the bounds.
  "unary/clamp": gradientAtNaN(1),
  "unary/hardtanh": gradientAtNaN(1),
  "unary/relu6": gradientAtNaN(1),
  // A NaN is neither larger nor smaller.
  "binary/maximum": gradientAtNaN(0),
  "binary/minimum": gradientAtNaN(0),
  "unary/pow_scalar": powerOfIeee,
  // A branch that was not selected contributes 0, also where its own derivative is infinite.
  "binary/where_trap": (spec) => ({
    grads: [replace(spec.grads![0]!, (i) => (spec.grads![0]!.data[i] === "nan" && !hasNaN(spec, i) ? 0 : undefined))],
  }),
};

/** The case with our documented choices as its expectations. */
export function withOurConventions(stored: Case): Case {
  const name = `${stored.group}/${stored.op}`;
  const spec = { ...stored, ...corrections[name]?.(stored) };
  if (!spec.tags?.includes("convention")) return spec;
  const rule = rules[name];
  return rule === undefined ? spec : { ...spec, ...rule(spec) };
}
