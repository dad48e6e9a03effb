import {
  type AnyTensor,
  customGradient,
  exp,
  key,
  mul,
  relu,
  sin,
  stopGradient,
  sub,
  sum,
  tensor,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkDerivatives, type DerivativesOptions } from "../src/check-derivatives.ts";
import type { Multivariate } from "../src/derivative-checks.ts";

const double = (values: number[]): AnyTensor => tensor(values, { dtype: "float64" });

/** How many checks were made, and what those that failed say. */
function outcome(f: Multivariate, xs: AnyTensor[], options: Partial<DerivativesOptions> = {}) {
  const failures: string[] = [];
  let checks = 0;
  checkDerivatives(f, xs, { key: key(0), order: 1, ...options }, (holds, message) => {
    checks++;
    if (!holds) failures.push(message());
  });
  return { checks, failures };
}

test("right derivatives are right at each order", () => {
  const f = ([x, y]: readonly AnyTensor[]): AnyTensor[] => [mul(exp(x!), y!), sum(sin(x!))];
  const { checks, failures } = outcome(f, [double([0.1, 0.2]), double([3, 4])], { order: 3 });
  expect(failures).toEqual([]);
  // Two for each argument, and one for what else there is: two arguments; their two cotangents too at the next order, and so on.
  expect(checks).toBe(3 + 2 * (2 + 4 + 6));
});

test("a wrong gradient is found, and which argument has it", () => {
  const product = customGradient((x: AnyTensor, y: AnyTensor) => ({
    value: mul(x, y),
    pullBack: (g) => [mul(g, y), mul(g, mul(x, 2))],
  }));
  const { failures } = outcome(([x, y]) => [product(x!, y!)], [double([1, 2]), double([3, 4])]);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatch(/^reverse, argument 1: expected .*, got .* \(.* times what is allowed; it is 2 times/);
});

test("one that is wrong at second order only is found there", () => {
  const detached = customGradient((x: AnyTensor) => ({
    value: exp(x),
    pullBack: (g) => mul(g, stopGradient(exp(x))),
  }));
  const run = ([x]: readonly AnyTensor[]): AnyTensor[] => [detached(x!)];
  expect(outcome(run, [double([1, 2])]).failures).toEqual([]);
  expect(outcome(run, [double([1, 2])], { order: 2 }).failures[0]).toMatch(/^reverse of the pull-back, argument 0: /);
});

test("arguments without elements are passed over", () => {
  expect(outcome(([x]) => [exp(x!)], [double([])])).toEqual({ checks: 0, failures: [] });
});

test("the two modes alone are compared where differences tell nothing", () => {
  const modes = ["forward", "reverse"] as const;
  expect(outcome(([x]) => [relu(x!)], [double([0])], { modes }).failures).toEqual([]);
});

test("rounding errors of what was computed with are allowed, not of what is left of it", () => {
  const cancelling = ([x]: readonly AnyTensor[]): AnyTensor[] => [sub(mul(x!, 1e6), mul(x!, 1e6 - 1))];
  expect(outcome(cancelling, [double([0.3, 0.7])], { order: 2 }).failures).toEqual([]);
});

test("what throws is a failure", () => {
  let calls = 0;
  const f = ([x]: readonly AnyTensor[]): AnyTensor[] => {
    if (++calls === 2) throw new Error("no");
    return [exp(x!)];
  };
  expect(outcome(f, [double([1])]).failures).toEqual(["throws: evaluation 2 threw: no"]);
});
