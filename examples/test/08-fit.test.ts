import { key, tensor } from "@tapegrad/core";
import { checkGradients } from "@tapegrad/gradcheck";
import { expect, test } from "vitest";
import {
  drawSeries,
  type FitResult,
  fitByAdam,
  fitByLbfgs,
  fitPart,
  type Hyper,
  negativeLogLikelihood,
  negativeLogLikelihoodByHand,
  predict,
  truth,
  uncertainty,
} from "../src/08-fit.ts";
import { shown } from "../src/lib/part.ts";
import { unfilled } from "./unfilled.ts";

const { data, curve } = drawSeries(key(5), 16);
const scalar = (value: number) => tensor(value, { dtype: "float64" });
const logOf = ({ amplitude, length, noise }: Hyper<number>): Hyper => ({
  amplitude: scalar(Math.log(amplitude)),
  length: scalar(Math.log(length)),
  noise: scalar(Math.log(noise)),
});

test("the likelihood of one point is that of a normal distribution, and of many that of plain loops", () => {
  const at = { amplitude: 2, length: 1, noise: 1 };
  const one = { x: tensor([[3]], { dtype: "float64" }), y: tensor([[2]], { dtype: "float64" }) };
  // Variance 2² + 1² = 5.
  const expected = 0.5 * (4 / 5 + Math.log(2 * Math.PI * 5));
  expect(negativeLogLikelihood(logOf(at), one).item()).toBeCloseTo(expected, 12);
  expect(negativeLogLikelihoodByHand(at, [3], [2])).toBeCloseTo(expected, 12);
  const [x, y] = [data.x, data.y].map((values) => Array.from(values.data())) as [number[], number[]];
  const cost = negativeLogLikelihood(logOf(truth), data).item() as number;
  expect(Math.abs(cost - negativeLogLikelihoodByHand(truth, x, y))).toBeLessThan(1e-11 * Math.abs(cost));
});

test("first and second derivatives are right", () => {
  const report = checkGradients((at: Hyper) => negativeLogLikelihood(at, data), logOf(truth), { order: 2 });
  expect(report.verdict).toBe("pass");
});

test("L-BFGS finds a minimum, by fewer evaluations than Adam, and says how well it is known", () => {
  const { model, status, path } = fitByLbfgs(data);
  const { value, evaluations } = path.at(-1)!;
  expect(status).toBe("converged");
  const { errors, eigenvalues } = uncertainty(model, data);
  expect(Math.min(...eigenvalues)).toBeGreaterThan(0);
  // A third of a standard error to each side the points are less likely.
  for (const name of ["amplitude", "length", "noise"] as const) {
    for (const side of [-1, 1]) {
      const moved = { ...model, [name]: scalar(model[name].item() + (side * errors[name]) / 3) };
      expect(negativeLogLikelihood(moved, data).item()).toBeGreaterThan(value);
    }
  }
  const adam = fitByAdam(data, 0.1, value, 1e-2);
  expect(adam.at(-1)!.value - value).toBeLessThan(1e-2);
  expect(adam.length).toBeGreaterThan(evaluations);
});

test("without noise the curve goes through the points, and far from them nothing is known", () => {
  const exact = { x: curve.x.slice([[0, 201, 40]]), y: curve.y.slice([[0, 201, 40]]) };
  const at = logOf({ ...truth, noise: 1e-4 });
  const { mean, deviation } = predict(at, exact, exact.x);
  mean.data().forEach((value, i) => void expect(value).toBeCloseTo(exact.y.data()[i]!, 5));
  expect(Math.max(...deviation)).toBeLessThan(1e-3);
  const far = predict(at, exact, tensor([[1000]], { dtype: "float64" }));
  expect(far.mean.item()).toBe(0);
  expect(far.deviation[0]).toBeCloseTo(truth.amplitude, 12);
});

test("a result is shown, and one that is worse does not hold what is stated", async () => {
  const visited = { at: truth, value: 3, evaluations: 20 };
  const result: FitResult = {
    found: truth,
    errors: { amplitude: 0.2, length: 0.1, noise: 0.1 },
    eigenvalues: [1, 2, 3],
    value: 3,
    status: "converged",
    path: [visited],
    adam: [{ learningRate: 0.1, path: Array.from({ length: 101 }, () => visited), isNear: true }],
    offByHand: 1e-15,
    check: { verdict: "pass", relativeError: 1e-9, resolvingPower: 1e-8 },
    points: [[1, 2]],
    band: [{ x: 1, mean: 2, deviation: 0.1, truth: 2.1 }],
    landscape: { lengths: [0.3, 1], noises: [0.1, 1], above: [0, 1, 2, 3] },
  };
  const failing = (of: FitResult) => fitPart.claims(of).filter(({ holds }) => !holds).length;
  expect(failing(result)).toBe(0);
  expect(failing({ ...result, status: "stalled" })).toBe(1);
  expect(failing({ ...result, found: { ...truth, length: 2 } })).toBe(1);
  expect(failing({ ...result, eigenvalues: [-1, 2, 3] })).toBe(1);
  expect(failing({ ...result, offByHand: 1e-8 })).toBe(1);
  expect(failing({ ...result, path: [{ ...visited, evaluations: 21 }] })).toBe(1);
  const { card, section, json } = await shown(fitPart, result, true).report();
  expect(unfilled(card.markup + section.markup + JSON.stringify(json))).toEqual([]);
});
