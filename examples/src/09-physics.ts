/**
 * 9 · Physics: a network that solves a differential equation.
 *
 * Burgers' equation, uₜ + u uₓ = ν uₓₓ, steepens a sine wave into a front. Nobody shows the network a solution. Its cost is
 * how far it is from obeying the equation at random places, with uₜ, uₓ and uₓₓ taken by forward mode through the network
 * itself; training then differentiates all of that backward, third derivatives in all.
 * (Raissi, Perdikaris and Karniadakis, "Physics-informed neural networks", 2019.)
 *
 *     node --conditions=@tapegrad/source --import tsx examples/src/09-physics.ts
 */
import {
  type AnyTensor,
  add,
  cast,
  concat,
  foldIn,
  jvp,
  type Key,
  key,
  mean,
  mul,
  onesLike,
  sin,
  splitKey,
  square,
  sub,
  tensor,
  uniform,
} from "@tapegrad/core";
import { glorotNormal, Linear, Sequential, Tanh } from "@tapegrad/nn";
import { adam, cosine, trainingStep } from "@tapegrad/optim";
import { burgers } from "./lib/burgers.ts";
import { type Claim, type Part, type PartOptions, runAlone, withDefaults } from "./lib/part.ts";
import { inFloat64, type SampledReport, sampledCheck } from "./lib/sampled-check.ts";
import { dim, percent, table } from "./lib/terminal.ts";

/** Viscosity: the smaller, the steeper the front. */
export const VISCOSITY = 0.02;

// ── The network, from place and time to a velocity ──

const WIDTH = 32;

function network(from: Key) {
  const [a, b, c, d] = splitKey(from, 4) as [Key, Key, Key, Key];
  // Glorot's initialization is the one for tanh.
  const layer = (inputs: number, outputs: number, by: Key): Linear =>
    new Linear(inputs, outputs, { key: by, initializer: glorotNormal });
  return new Sequential(
    layer(2, WIDTH, a),
    new Tanh(),
    layer(WIDTH, WIDTH, b),
    new Tanh(),
    layer(WIDTH, WIDTH, c),
    new Tanh(),
    layer(WIDTH, 1, d),
  );
}

type Network = ReturnType<typeof network>;

/** −sin πx + t (1 − x²) · network(x, t): the start and both ends are right whatever the network says. */
export function velocity(model: Network, x: AnyTensor, t: AnyTensor): AnyTensor {
  const correction = mul(mul(t, sub(1, square(x))), model.forward(concat([x, t], 1)));
  return sub(correction, sin(mul(x, Math.PI)));
}

// ── The equation ──

/** uₜ + u uₓ − ν uₓₓ at points given by columns x and t: 0 where the equation holds. */
export function residual(model: Network, x: AnyTensor, t: AnyTensor): AnyTensor {
  const ones = onesLike(x);
  const slopeAt = (place: AnyTensor): readonly [u: AnyTensor, ux: AnyTensor] => {
    const { value, tangent } = jvp((at: AnyTensor) => velocity(model, at, t))(place, ones);
    return [value, tangent];
  };
  // Each point's velocity depends on its own place only, so that one direction, all ones, gives every point's derivative.
  const {
    value: [u, ux],
    tangent: [, uxx],
  } = jvp(slopeAt)(x, ones);
  const { tangent: ut } = jvp((at: AnyTensor) => velocity(model, x, at))(t, ones);
  return sub(add(ut, mul(u, ux)), mul(uxx, VISCOSITY));
}

const cost = (model: Network, x: AnyTensor, t: AnyTensor): AnyTensor => mean(square(residual(model, x, t)));

// ── Training ──

const POINTS = 1024;
const STEPS = 6000;
const QUICK_STEPS = 300;

export function trainPhysics(steps: number, seed: number, watch: (step: number, cost: number) => void = () => {}) {
  const [weights, points] = splitKey(key(seed)) as [Key, Key];
  const optimizer = adam({
    learningRate: cosine(5e-3, { total: steps, warmup: Math.min(100, steps - 1), floor: 1e-5 }),
  });
  // Other places and times at each step: it cannot learn to be right at some points only.
  const advance = trainingStep((model: Network, by: Key) => {
    const [places, times] = splitKey(by) as [Key, Key];
    return cost(model, uniform(places, [POINTS, 1], { low: -1, high: 1 }), uniform(times, [POINTS, 1]));
  }, optimizer);
  let model = network(weights);
  let state = optimizer.init(model);
  for (let step = 0; step < steps; step++) {
    const trained = advance(model, state, foldIn(points, step));
    ({ model, state } = trained);
    watch(step, trained.value.item());
  }
  return model;
}

// ── How right is it? ──

/** Velocities on a grid: a row for each time, from x = −1 to 1. */
export interface Field {
  readonly times: readonly number[];
  readonly places: readonly number[];
  readonly found: readonly (readonly number[])[];
  readonly exact: readonly (readonly number[])[];
}

function fieldOf(model: Network, columns = 121, rows = 61): Field {
  const places = Array.from({ length: columns }, (_, i) => -1 + (2 * i) / (columns - 1));
  const times = Array.from({ length: rows }, (_, i) => i / (rows - 1));
  const column = (values: number[]): AnyTensor => tensor(values.map((value) => [value]));
  const x = column(times.flatMap(() => places));
  const t = column(times.flatMap((time) => places.map(() => time)));
  const flat = velocity(model, x, t).data();
  return {
    times,
    places,
    found: times.map((_, i) => Array.from(flat.subarray(i * columns, (i + 1) * columns))),
    exact: times.map((time) => places.map((place) => burgers(place, time, VISCOSITY))),
  };
}

/** ‖found − exact‖ / ‖exact‖ over the grid. */
function relativeError({ found, exact }: Field): number {
  let [difference, size] = [0, 0];
  exact.forEach((row, i) => {
    row.forEach((value, j) => {
      difference += (found[i]![j]! - value) ** 2;
      size += value ** 2;
    });
  });
  return Math.sqrt(difference / size);
}

export interface PhysicsResult {
  readonly field: Field;
  readonly relativeError: number;
  /** Mean square of what is left of the equation, by step. */
  readonly curve: readonly (readonly [step: number, cost: number])[];
  /** Of the gradient of the cost, in which there are second derivatives already. */
  readonly check: SampledReport;
  readonly seconds: number;
}

const CHECKED_POINTS = 16;

export function physics(options: PartOptions = {}): PhysicsResult {
  const { quick, progress } = withDefaults(options);
  const steps = quick ? QUICK_STEPS : STEPS;
  const task = progress.task("Burgers", steps);
  const curve: [number, number][] = [];
  const started = performance.now();
  const model = trainPhysics(steps, 1, (step, cost) => {
    if (step % Math.max(1, steps / 150) === 0) curve.push([step, cost]);
    task.update(step, `residual ${cost.toExponential(2)}`);
  });
  const seconds = (performance.now() - started) / 1000;
  const field = fieldOf(model);
  const error = relativeError(field);
  task.finish(`${percent(error)} from the exact solution`);
  return { field, relativeError: error, curve, check: checkPhysics(model), seconds };
}

/** A copy in float64, at a few points. */
export function checkPhysics(model: Network): SampledReport {
  const draw = (seed: number, low: number): AnyTensor =>
    cast(uniform(key(seed), [CHECKED_POINTS, 1], { low, high: 1 }), "float64");
  const [x, t] = [draw(5, -1), draw(6, 0)];
  return sampledCheck((at: Network) => cost(at, x, t), inFloat64(model), 30, key(7), 1e-5);
}

// ── What it prints ──

function printPhysics({ field, relativeError: error, check, seconds }: PhysicsResult): void {
  const at = [0.25, 0.5, 0.75, 1].map((time) => field.times.indexOf(time));
  table(
    ["at time", "steepest slope found", "exact"],
    at.map((row) => [
      String(field.times[row]),
      ...[field.found, field.exact].map((values) => steepest(values[row]!, field.places).toFixed(2)),
    ]),
  );
  console.log(`  ${percent(error)} from the exact solution, over place and time; ${seconds.toFixed(1)} s`);
  console.log(dim(`  gradient check in float64, third derivatives in all: ${check.difference.toExponential(2)}`));
}

const steepest = (values: readonly number[], places: readonly number[]): number =>
  Math.min(...values.slice(1).map((value, i) => (value - values[i]!) / (places[i + 1]! - places[i]!)));

const claims = ({ relativeError: error, check }: PhysicsResult): readonly Claim[] => [
  { text: `${percent(error)} from the exact solution, below 1%`, holds: error < 0.01 },
  { text: `gradients right to ${check.difference.toExponential(2)}, below 1e-7`, holds: check.difference < 1e-7 },
];

export const physicsPart: Part<PhysicsResult> = {
  number: 9,
  id: "physics",
  title: "A network that obeys an equation",
  trains: true,
  run: physics,
  print: printPhysics,
  claims,
  report: async () => (await import("./report/physics-section.ts")).physicsReport,
};

runAlone(import.meta.url, physicsPart);
