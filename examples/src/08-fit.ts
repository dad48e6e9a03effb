/**
 * 8 · A fit: a Gaussian process whose hyper-parameters are found by L-BFGS.
 *
 * How smooth a curve is, how large and how noisy, is read off 60 points: the length scale, amplitude and noise under which they
 * are most likely. The likelihood has a Cholesky decomposition in it, through which gradients flow, and its second derivatives
 * say how well each number is known. The data come from such a process, so that the right numbers are known, too.
 * (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, sections 2.2 and 5.4.)
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/08-fit.ts
 */
import {
  type AnyTensor,
  add,
  cholesky,
  concat,
  diagonal,
  eigh,
  exp,
  eye,
  hessian,
  inverse,
  type Key,
  key,
  linspace,
  log,
  matmul,
  mul,
  neg,
  normal,
  reshape,
  solve,
  splitKey,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  uniform,
  valueAndGrad,
} from "@tapegrad/core";
import { checkGradients, type GradientReport } from "@tapegrad/gradcheck";
import { adam, lbfgs, trainingStep } from "@tapegrad/optim";
import { type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import { dim, percent, table } from "./lib/terminal.ts";

// ── The process: near places have near values ──

const float64 = { dtype: "float64" } as const;
type Scalar = Tensor<readonly [], "float64">;

/** Logarithms of what must be positive: so any number will do, and steps are shares. */
export interface Hyper<T = Scalar> {
  readonly amplitude: T;
  readonly length: T;
  readonly noise: T;
}
export const hyperNames = ["amplitude", "length", "noise"] as const;

const logarithms = (of: Hyper<number>): Hyper => treeOf((name) => tensor(Math.log(of[name]), float64) as Scalar);
const numbersOf = (at: Hyper): Hyper<number> => treeOf((name) => Math.exp(at[name].item()));
const treeOf = <T>(f: (name: keyof Hyper) => T): Hyper<T> => ({
  amplitude: f("amplitude"),
  length: f("length"),
  noise: f("noise"),
});

/** Covariances a² exp(−(x − z)² / 2ℓ²) of places x [n, 1] and z [m, 1]: [n, m]. */
const covariance = ({ amplitude, length }: Hyper, x: AnyTensor, z: AnyTensor): AnyTensor => {
  const distance = mul(sub(x, transpose(z)), exp(neg(length)));
  return mul(exp(mul(amplitude, 2)), exp(mul(square(distance), -0.5)));
};

/** The same of places with themselves, and the noise: positive definite. */
const noisy = (at: Hyper, x: AnyTensor): AnyTensor =>
  add(covariance(at, x, x), mul(eye(x.shape[0]!, x.shape[0]!, float64), exp(mul(at.noise, 2))));

// ── Data: a curve that is drawn from the process, and noisy points of it ──

export const truth: Hyper<number> = { amplitude: 1.3, length: 0.9, noise: 0.25 };
const END = 10;
const POINTS = 60;
const GRID = 201;

export interface Series {
  /** [n, 1] */
  readonly x: AnyTensor;
  readonly y: AnyTensor;
}

/** Noisy points, and the curve behind them along a grid: values of the process at all places together. */
export function drawSeries(by: Key, points = POINTS): { readonly data: Series; readonly curve: Series } {
  const [places, values, noises] = splitKey(by, 3) as [Key, Key, Key];
  const x = uniform(places, [points, 1], { low: 0, high: END, ...float64 });
  const grid = reshape(linspace(0, END, GRID, float64), [GRID, 1]);
  const all = concat([x, grid], 0);
  // Places may be so near that rounding makes the matrix singular; a noise of 1e-5 that nobody sees keeps it from that.
  const root = cholesky(noisy(logarithms({ ...truth, noise: 1e-5 }), all));
  const f = matmul(root, normal(values, [points + GRID, 1], float64));
  const y = add(f.slice([[0, points]]), mul(normal(noises, [points, 1], float64), truth.noise));
  return { data: { x, y }, curve: { x: grid, y: f.slice([[points, points + GRID]]) } };
}

// ── How likely the points are ──

/** −log p(y) = ½ yᵀ K⁻¹ y + ½ log |K| + n/2 log 2π, by K = L Lᵀ (Rasmussen and Williams, algorithm 2.1). */
export function negativeLogLikelihood(at: Hyper, { x, y }: Series): AnyTensor {
  const root = cholesky(noisy(at, x));
  const whitened = solve(root, y) as AnyTensor;
  const halfLogDeterminant = sum(log(diagonal(root)));
  return add(add(mul(sum(square(whitened)), 0.5), halfLogDeterminant), (x.shape[0]! / 2) * Math.log(2 * Math.PI));
}

/** The same in plain numbers, by Gaussian elimination: nothing of the framework is in it. */
export function negativeLogLikelihoodByHand(at: Hyper<number>, x: readonly number[], y: readonly number[]): number {
  const rows = x.map((a, i) => [
    ...x.map(
      (b, j) => at.amplitude ** 2 * Math.exp(-((a - b) ** 2) / (2 * at.length ** 2)) + (i === j ? at.noise ** 2 : 0),
    ),
    y[i]!,
  ]);
  let [quadratic, logDeterminant] = [0, 0];
  rows.forEach((row, k) => {
    const pivot = row[k]!;
    quadratic += row[x.length]! ** 2 / pivot;
    logDeterminant += Math.log(pivot);
    for (const below of rows.slice(k + 1)) {
      const factor = below[k]! / pivot;
      for (let j = k; j <= x.length; j++) below[j]! -= factor * row[j]!;
    }
  });
  return 0.5 * (quadratic + logDeterminant + x.length * Math.log(2 * Math.PI));
}

// ── Two ways down ──

export const start: Hyper<number> = { amplitude: 0.5, length: 3, noise: 1 };

/** Where a search has been, and how often it evaluated the cost and its gradient until then. */
export interface Visited {
  readonly at: Hyper<number>;
  readonly value: number;
  readonly evaluations: number;
}

export function fitByLbfgs(data: Series): {
  readonly model: Hyper;
  readonly status: string;
  readonly path: readonly Visited[];
} {
  // The cost is known to about 1e-14, and so its minimum, where it is flat, to 1e-7: no gradient should be asked to be smaller.
  const optimizer = lbfgs({ tolerance: 1e-6 });
  const evaluate = valueAndGrad((at: Hyper) => negativeLogLikelihood(at, data));
  let model = logarithms(start);
  let state = optimizer.init(model);
  const path: Visited[] = [];
  while (state.status === "running" && state.step < 100) {
    ({ model, state } = optimizer.update(model, evaluate, state));
    path.push({ at: numbersOf(model), value: state.last!.value, evaluations: state.evaluations });
  }
  return { model, status: state.status, path };
}

/** Learning rates of Adam: the best is taken. */
const RATES = [0.01, 0.03, 0.1, 0.3] as const;
const MOST_STEPS = 1500;

/** Adam, until its cost is as near to the lowest as `near`, and where it was. */
export function fitByAdam(data: Series, learningRate: number, lowest: number, near: number): readonly Visited[] {
  const optimizer = adam({ learningRate });
  const step = trainingStep((at: Hyper, given: Series) => negativeLogLikelihood(at, given), optimizer);
  let model = logarithms(start);
  let state = optimizer.init(model);
  const path: Visited[] = [];
  for (let evaluations = 1; evaluations <= MOST_STEPS; evaluations++) {
    const at = numbersOf(model);
    const trained = step(model, state, data);
    ({ model, state } = trained);
    const value = trained.value.item();
    path.push({ at, value, evaluations });
    if (value - lowest < near) return path;
  }
  return path;
}

// ── What is known then ──

/** Standard errors of the logarithms: roots of the diagonal of the inverse of the second derivatives, which are positive definite at a minimum. */
export function uncertainty(
  at: Hyper,
  data: Series,
): { readonly errors: Hyper<number>; readonly eigenvalues: readonly number[] } {
  const second = hessian((point: Hyper) => negativeLogLikelihood(point, data))(at) as unknown as Hyper<Hyper>;
  const matrix = tensor(
    hyperNames.map((a) => hyperNames.map((b) => second[a][b].item())),
    float64,
  );
  const variances = diagonal(inverse(matrix)).data();
  return {
    errors: treeOf((name) => Math.sqrt(variances[hyperNames.indexOf(name)]!)),
    eigenvalues: Array.from(eigh(matrix)[0].data()),
  };
}

/** What the points say about the curve: its mean and standard deviation at places z [m, 1]. */
export function predict(
  at: Hyper,
  { x, y }: Series,
  z: AnyTensor,
): { readonly mean: AnyTensor; readonly deviation: number[] } {
  const root = cholesky(noisy(at, x));
  const [cross, whitened] = [solve(root, covariance(at, x, z)) as AnyTensor, solve(root, y) as AnyTensor];
  const prior = Math.exp(2 * at.amplitude.item());
  const explained = sum(square(cross), 0).data();
  return {
    mean: matmul(transpose(cross), whitened),
    deviation: Array.from(explained, (variance) => Math.sqrt(Math.max(prior - variance, 0))),
  };
}

export interface Band {
  readonly x: number;
  readonly mean: number;
  readonly deviation: number;
  readonly truth: number;
}

export interface FitResult {
  readonly found: Hyper<number>;
  /** Of the logarithms: shares. */
  readonly errors: Hyper<number>;
  readonly eigenvalues: readonly number[];
  readonly value: number;
  readonly status: string;
  readonly path: readonly Visited[];
  readonly adam: readonly {
    readonly learningRate: number;
    readonly path: readonly Visited[];
    readonly isNear: boolean;
  }[];
  /** The largest relative difference from the likelihood by hand: at the start, what was found, and the truth. */
  readonly offByHand: number;
  readonly check: Pick<GradientReport, "verdict" | "relativeError" | "resolvingPower">;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly band: readonly Band[];
  /** The likelihood over length (rows) and noise, the amplitude being the one found. */
  readonly landscape: Landscape;
}

export interface Landscape {
  readonly lengths: readonly number[];
  readonly noises: readonly number[];
  /** By how much more the points cost there than at the lowest: row after row. */
  readonly above: readonly number[];
}

const NEAR = 1e-6;

export function fit(options: PartOptions = {}): FitResult {
  const { progress } = withDefaults(options);
  const task = progress.task("fit", 2 + RATES.length);
  const { data, curve } = drawSeries(key(2));
  const { model, status, path } = fitByLbfgs(data);
  const { value } = path.at(-1)!;
  task.update(1, "L-BFGS");
  const searches = RATES.map((learningRate, i) => {
    const visited = fitByAdam(data, learningRate, value, NEAR);
    task.update(2 + i, `Adam, ${learningRate}`);
    return { learningRate, path: visited, isNear: visited.at(-1)!.value - value < NEAR };
  });
  const [x, y] = [data.x, data.y].map((values) => Array.from(values.data())) as [number[], number[]];
  const offs = [start, truth, numbersOf(model)].map((at) => {
    const byHand = negativeLogLikelihoodByHand(at, x, y);
    return Math.abs((negativeLogLikelihood(logarithms(at), data).item() as number) - byHand) / Math.abs(byHand);
  });
  const check = checkGradients((at: Hyper) => negativeLogLikelihood(at, data), logarithms(start), { order: 2 });
  const { mean, deviation } = predict(model, data, curve.x);
  const [grid, means, truths] = [curve.x, mean, curve.y].map((values) => values.data());
  task.finish(`${path.at(-1)!.evaluations} evaluations`);
  return {
    found: numbersOf(model),
    ...uncertainty(model, data),
    value,
    status,
    path,
    adam: searches,
    offByHand: Math.max(...offs),
    check,
    points: x.map((at, i) => [at, y[i]!]),
    band: deviation.map((sd, i) => ({ x: grid![i]!, mean: means![i]!, deviation: sd, truth: truths![i]! })),
    landscape: landscapeAround(model, data, value),
  };
}

const SIDE = 41;

function landscapeAround(model: Hyper, data: Series, lowest: number): Landscape {
  const along = (from: number, to: number): number[] =>
    Array.from({ length: SIDE }, (_, i) => from * (to / from) ** (i / (SIDE - 1)));
  const [lengths, noises] = [along(0.3, 6), along(0.1, 2)];
  const above = lengths.flatMap((length) =>
    noises.map((noise) => {
      const at = { ...logarithms({ amplitude: 1, length, noise }), amplitude: model.amplitude };
      return (negativeLogLikelihood(at, data).item() as number) - lowest;
    }),
  );
  return { lengths, noises, above };
}

// ── What it prints ──

/** By how many standard errors a number is off the true one. */
export const errorsOff = ({ found, errors }: FitResult, name: keyof Hyper): number =>
  Math.abs(Math.log(found[name] / truth[name])) / errors[name];

export const bestOfAdam = ({ adam }: FitResult): FitResult["adam"][number] =>
  adam.filter(({ isNear }) => isNear).toSorted((a, b) => a.path.length - b.path.length)[0] ?? adam[0]!;

/** The share of the curve that lies within two standard deviations. */
export const covered = ({ band }: FitResult): number =>
  band.filter(({ mean, deviation, truth }) => Math.abs(truth - mean) < 2 * deviation).length / band.length;

function printFit(result: FitResult): void {
  table(
    ["", "found", "standard error", "true", "start"],
    hyperNames.map((name) => [
      name,
      result.found[name].toFixed(3),
      percent(result.errors[name], 0),
      String(truth[name]),
      String(start[name]),
    ]),
  );
  const adams = result.adam.map(
    ({ learningRate, path, isNear }) => `${isNear ? path.length : `over ${path.length}`} at ${learningRate}`,
  );
  console.log(`  Evaluations: L-BFGS ${result.path.at(-1)!.evaluations}, Adam ${adams.join(", ")}`);
  console.log(
    dim(`  ${percent(covered(result), 0)} of the curve lies within two standard deviations of what is said of it.`),
  );
}

export const fitPart: Part<FitResult> = {
  number: 8,
  id: "fit",
  title: "A curve, and how smooth it is",
  run: fit,
  print: printFit,
  claims: (result) => {
    const { path, status, offByHand, eigenvalues, check } = result;
    const { evaluations } = path.at(-1)!;
    const best = bestOfAdam(result);
    const furthest = Math.max(...hyperNames.map((name) => errorsOff(result, name)));
    return [
      {
        text: `the likelihood is that of plain loops to ${offByHand.toExponential(1)}, below 1e-9`,
        holds: offByHand < 1e-9,
      },
      {
        text: `L-BFGS has ${status} after ${evaluations} evaluations, fewer than 40`,
        holds: status === "converged" && evaluations < 40,
      },
      {
        text: `Adam at its best rate takes ${best.path.length} to come within ${NEAR} of it, five times as many and more`,
        holds: best.path.length > 5 * evaluations,
      },
      {
        text: `second derivatives are positive definite, the lowest eigenvalue being ${Math.min(...eigenvalues).toFixed(1)}`,
        holds: eigenvalues.every((value) => value > 0),
      },
      {
        text: `true numbers are ${furthest.toFixed(1)} standard errors away at most, below 3`,
        holds: furthest < 3,
      },
      {
        text: `${percent(covered(result), 0)} of the curve lies within two standard deviations, 85% and more`,
        holds: covered(result) >= 0.85,
      },
      {
        text: `first and second derivatives pass the check; an error of ${check.resolvingPower.toExponential(1)} would have been seen, below 1e-4`,
        holds: check.verdict === "pass" && check.resolvingPower < 1e-4,
      },
    ];
  },
  report: async () => (await import("./report/fit-section.ts")).fitReport,
};

runAlone(import.meta.url, fitPart);
