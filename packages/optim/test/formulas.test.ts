import { type Tensor, tensor } from "@tapegrad/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { adam, adamw, type Optimizer, sgd } from "../src/index.ts";

// The papers' formulas on plain numbers, one parameter at a time, against the optimizers on vectors.

type Stepper = (parameter: number, gradient: number) => number;

const share = fc.double({ min: 0, max: 0.99, noNaN: true });
const rate = fc.double({ min: 0, max: 1, noNaN: true });
const decay = fc.constantFrom(0, 0.01, 0.3);
const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 2, maxLength: 2 });

function expectSteps(
  optimizer: Optimizer,
  start: readonly number[],
  gradients: readonly number[][],
  make: () => Stepper,
): void {
  let model = tensor(start, { dtype: "float64" }) as Tensor<readonly [number], "float64">;
  let state = optimizer.init(model);
  let expected = [...start];
  const steppers = start.map(make);
  for (const gradient of gradients) {
    ({ model, state } = optimizer.update(model, tensor(gradient, { dtype: "float64" }), state));
    expected = expected.map((value, i) => steppers[i]!(value, gradient[i]!));
    model.data().forEach((value, i) => void expect(value).toBeCloseTo(expected[i]!, 9));
  }
}

const history = fc.array(numbers, { minLength: 1, maxLength: 6 });

test("sgd, with momentum, dampening, Nesterov's look-ahead and weight decay", () => {
  fc.assert(
    fc.property(numbers, history, rate, share, share, decay, fc.boolean(), (start, gradients, lr, mu, d, wd, ahead) => {
      const nesterov = ahead && mu > 0;
      const dampening = nesterov ? 0 : d;
      const optimizer = sgd({ learningRate: lr, momentum: mu, dampening, nesterov, weightDecay: wd });
      expectSteps(optimizer, start, gradients, () => {
        let velocity: number | null = null;
        return (p, gradient) => {
          const g = gradient + wd * p;
          velocity = velocity === null ? g : mu * velocity + (1 - dampening) * g;
          return p - lr * (mu === 0 ? g : nesterov ? g + mu * velocity : velocity);
        };
      });
    }),
  );
});

test.each([
  ["adam", adam],
  ["adamw", adamw],
] as const)("%s, with either decay and amsgrad", (name, make) => {
  fc.assert(
    fc.property(
      numbers,
      history,
      rate,
      share,
      share,
      decay,
      fc.boolean(),
      (start, gradients, lr, b1, b2, wd, amsgrad) => {
        const optimizer = make({ learningRate: lr, beta1: b1, beta2: b2, weightDecay: wd, amsgrad, epsilon: 1e-3 });
        expectSteps(optimizer, start, gradients, () => {
          let [m, v, largest, t] = [0, 0, 0, 0];
          return (p, gradient) => {
            t += 1;
            const g = name === "adam" ? gradient + wd * p : gradient;
            const from = name === "adam" ? p : p * (1 - lr * wd);
            m = b1 * m + (1 - b1) * g;
            v = b2 * v + (1 - b2) * g * g;
            largest = Math.max(largest, v);
            const corrected = (amsgrad ? largest : v) / (1 - b2 ** t);
            return from - (lr * (m / (1 - b1 ** t))) / (Math.sqrt(corrected) + 1e-3);
          };
        });
      },
    ),
  );
});
