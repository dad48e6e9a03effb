/**
 * 1 · Gradient checking: does the backward pass compute the derivative of the forward pass?
 *
 * The network of the well-known course exercise has three layers and 47 parameters, and someone planted two bugs in its
 * gradient: dW2 is twice, db1 four times what it should be. Nothing crashes, and training would even go down for a
 * while. Comparing the gradient with difference quotients finds both.
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/01-gradient-checking.ts
 */
import {
  type AnyTensor,
  add,
  customGradient,
  div,
  grad,
  log,
  matmul,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  sum,
} from "@tapegrad/core";
import {
  type ClassicReport,
  classicCheck,
  flattenGradient,
  flattenParameters,
  numericalGradient,
  relativeDifference,
} from "@tapegrad/gradcheck";
import { courseFixture, type Float64Matrix, matrix } from "./lib/course-data.ts";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import { bold, dim, green, red, table } from "./lib/terminal.ts";

// ── The network ──

type Name = "W1" | "b1" | "W2" | "b2" | "W3" | "b3";
/** A plain object is a tree of parameters: no class needs to be declared for the framework. */
type Parameters = Readonly<Record<Name, Float64Matrix>>;

const { n_d: fixture } = courseFixture("gradient_checking");
const names = Object.keys(fixture.parameters) as Name[];
const parameters = Object.fromEntries(names.map((name) => [name, matrix(fixture.parameters[name])])) as Parameters;
/** Three examples of four features, one per column as in the exercise. */
const x = matrix(fixture.X);
const y = matrix(fixture.Y);
const examples = 3;

/**
 * LINEAR, RELU, LINEAR, RELU, LINEAR, SIGMOID and the cross-entropy, written as the exercise writes it. (For training,
 * the loss from logits is the better one: it cannot overflow.)
 */
function cost({ W1, b1, W2, b2, W3, b3 }: Parameters): AnyTensor {
  const a1 = relu(add(matmul(W1, x), b1));
  const a2 = relu(add(matmul(W2, a1), b2));
  const a3 = sigmoid(add(matmul(W3, a2), b3));
  const terms = add(mul(neg(log(a3)), y), mul(neg(log(sub(1, a3))), sub(1, y)));
  return div(sum(terms), examples);
}

// ── The bugs ──

/** A function that does nothing, with a derivative that is wrong by a factor: it should be 1. */
const wrongBy = (factor: number): ((w: Float64Matrix) => AnyTensor) =>
  customGradient((w: Float64Matrix) => ({ value: w, pullBack: (cotangent) => mul(cotangent, factor) }));

const twice = wrongBy(2);
const fourTimes = wrongBy(4);

/** The same cost to the last bit. Only its gradient is wrong, and only in W2 and b1. */
function plantedCost(at: Parameters): AnyTensor {
  return cost({ ...at, W2: twice(at.W2) as Float64Matrix, b1: fourTimes(at.b1) as Float64Matrix });
}

// ── The check ──

/** The factor by which each parameter's planted gradient is off. */
const planted: Partial<Record<Name, number>> = { W2: 2, b1: 4 };

/** Steps to try: the classic one is 1e-7. */
const epsilons = Object.keys(fixture.difference_by_epsilon).map(Number);

/** One element of the gradient, computed in three ways. */
export interface GradientElement {
  readonly parameter: string;
  readonly numeric: number;
  readonly planted: number;
  readonly mended: number;
}

export interface GradientCheckingResult {
  /** ‖g − ĝ‖ / (‖g‖ + ‖ĝ‖) for the gradient with the bugs: of all parameters, and of each. */
  readonly planted: ClassicReport;
  /** The same without the bugs. */
  readonly mended: ClassicReport;
  /** By how much each planted gradient is too long. */
  readonly factors: Readonly<Record<string, number>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** The two differences for other steps of the difference quotient. */
  readonly byEpsilon: readonly { readonly epsilon: number; readonly planted: number; readonly mended: number }[];
  /** The mended gradient against the complex-step method, which has no noise. */
  readonly truthDifference: number;
  readonly elements: readonly GradientElement[];
}

export function gradientChecking(options: PartOptions = {}): GradientCheckingResult {
  const { progress } = withDefaults(options);
  const task = progress.task("gradient checking", epsilons.length);

  // The check moves each of the 47 parameters up and down by ε, and compares the slopes with what `grad` says. With the
  // planted bugs, `grad` follows the wrong rule; the slopes know nothing of it.
  const plantedReport = classicCheck(plantedCost, parameters);
  const mendedReport = classicCheck(cost, parameters);

  // How large ε is matters. Too large, and the quotient is a secant, not a tangent: its error falls with ε². Too small,
  // and f(θ + ε) − f(θ − ε) is the difference of two nearly equal numbers: its rounding noise grows as 1/ε.
  const byEpsilon = epsilons.map((epsilon, i) => {
    task.update(i, `ε = ${epsilon}`);
    return {
      epsilon,
      planted: classicCheck(plantedCost, parameters, { epsilon }).difference,
      mended: classicCheck(cost, parameters, { epsilon }).difference,
    };
  });

  const wrong = flattenGradient(parameters, grad(plantedCost)(parameters));
  const right = flattenGradient(parameters, grad(cost)(parameters));
  const numeric = numericalGradient(cost, parameters);
  const elements = flattenParameters(parameters).segments.flatMap(({ path, start, size }) =>
    Array.from({ length: size }, (_, i) => ({
      parameter: path,
      numeric: numeric[start + i]!,
      planted: wrong[start + i]!,
      mended: right[start + i]!,
    })),
  );
  task.finish(`planted ${plantedReport.difference.toFixed(6)}, mended ${mendedReport.difference.toExponential(2)}`);
  return {
    planted: plantedReport,
    mended: mendedReport,
    factors: Object.fromEntries(names.map((name) => [name, planted[name] ?? 1])),
    shapes: Object.fromEntries(names.map((name) => [name, parameters[name].shape])),
    byEpsilon,
    truthDifference: relativeDifference(right, fixture.complex_step_gradient),
    elements,
  };
}

// ── What it prints ──

function printGradientChecking(result: GradientCheckingResult): void {
  const isBug = (name: string): boolean => result.planted.perParameter[name]! > 1e-3;
  table(
    ["parameter", "with planted bugs", "mended", ""],
    [
      ...names.map((name) => [
        name,
        (isBug(name) ? red : String)(result.planted.perParameter[name]!.toExponential(4)),
        result.mended.perParameter[name]!.toExponential(4),
        isBug(name) ? red(`bug: gradient × ${result.factors[name]}`) : green("agrees"),
      ]),
      [
        bold("overall"),
        bold(result.planted.difference.toFixed(6)),
        bold(result.mended.difference.toExponential(4)),
        "",
      ],
    ],
  );
  console.log(
    dim(
      `  Against the complex step, which has no noise, the mended gradient is right to ${result.truthDifference.toExponential(1)}.`,
    ),
  );
  table(
    ["ε", "with planted bugs", "mended"],
    result.byEpsilon.map(({ epsilon, planted, mended }) => [
      epsilon.toExponential(0),
      planted.toFixed(6),
      mended.toExponential(2),
    ]),
  );
}

export const gradientCheckingPart: Part<GradientCheckingResult> = {
  number: 1,
  id: "gradientCheck",
  title: "Gradient checking",
  run: gradientChecking,
  print: printGradientChecking,
  claims: ({ planted, mended }) => [
    {
      text: `two planted bugs make a difference of ${planted.difference.toFixed(6)}, the published 0.285093`,
      holds: Math.abs(planted.difference - 0.285093) < 1e-6,
    },
    { text: `mended, it is ${mended.difference.toExponential(2)}, below 1.2e-7`, holds: mended.difference < 1.2e-7 },
  ],
  report: async () => (await import("./report/gradient-checking-section.ts")).gradientCheckingReport,
};

runAlone(import.meta.url, gradientCheckingPart);
