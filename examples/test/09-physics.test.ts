import { type AnyTensor, tensor } from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkPhysics, physicsPart, trainPhysics, VISCOSITY, velocity } from "../src/09-physics.ts";
import { burgers } from "../src/lib/burgers.ts";
import { shown } from "../src/lib/part.ts";
import { unfilled } from "./unfilled.ts";

const model = trainPhysics(20, 3);

test("the exact solution obeys Burgers' equation, starts as a sine, and is 0 at both ends", () => {
  const h = 1e-3;
  const u = (x: number, t: number): number => burgers(x, t, VISCOSITY);
  for (const x of [-0.7, -0.2, 0.05, 0.4]) {
    for (const t of [0.1, 0.4, 0.8]) {
      const ut = (u(x, t + h) - u(x, t - h)) / (2 * h);
      const ux = (u(x + h, t) - u(x - h, t)) / (2 * h);
      const uxx = (u(x + h, t) - 2 * u(x, t) + u(x - h, t)) / h ** 2;
      expect(Math.abs(ut + u(x, t) * ux - VISCOSITY * uxx)).toBeLessThan(2e-3 * Math.max(1, Math.abs(uxx)));
    }
    expect(u(x, 1e-9)).toBeCloseTo(-Math.sin(Math.PI * x), 5);
  }
  expect(u(1, 0.5)).toBeCloseTo(0, 12);
  expect(u(0, 0.5)).toBeCloseTo(0, 12);
});

test("start and ends are right whatever the network says", () => {
  const column = (...values: number[]): AnyTensor => tensor(values.map((value) => [value]));
  const at = (x: AnyTensor, t: AnyTensor): number[] => Array.from(velocity(model, x, t).data());
  const start = at(column(-0.5, 0, 0.3), column(0, 0, 0));
  [1, 0, -Math.sin(0.3 * Math.PI)].forEach((value, i) => {
    expect(start[i]).toBeCloseTo(value, 6);
  });
  for (const value of at(column(-1, 1, 1), column(0.2, 0.5, 1))) expect(value).toBeCloseTo(0, 6);
});

test("training lowers the residual, and its gradient is right, third derivatives and all", () => {
  const costs: number[] = [];
  trainPhysics(60, 3, (_, cost) => costs.push(cost));
  expect(costs.at(-1)!).toBeLessThan(0.7 * costs[0]!);
  expect(checkPhysics(model).difference).toBeLessThan(1e-7);
});

test("its section is whole", async () => {
  const { card, section, json } = await shown(
    physicsPart,
    {
      field: {
        times: [0, 0.25, 0.5, 1],
        places: [-1, 0, 1],
        found: [
          [0, 1, 0],
          [0, 1, 0],
          [0, 1, 0],
          [0, 1, 0],
        ],
        exact: [
          [0, 1, 0],
          [0, 1, 0],
          [0, 1, 0],
          [0, 1, 0],
        ],
      },
      relativeError: 0.01,
      curve: [
        [0, 1],
        [1, 0.5],
      ],
      check: checkPhysics(model),
      seconds: 1,
    },
    true,
  ).report();
  expect(unfilled(card.markup + section.markup + JSON.stringify(json))).toEqual([]);
});
