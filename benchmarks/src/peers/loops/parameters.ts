import type { Data } from "../../race/data.ts";
import type { Task } from "../../race/task.ts";

/** Parameters, or their gradients, by name; row-major, weights as [out, in]. */
export type Parameters = Readonly<Record<string, Float32Array>>;

/** One step at parameters: its loss and gradients. */
export type Evaluate = (at: Parameters) => { readonly loss: number; readonly gradients: Parameters };

const parametersOf = (data: Data): Parameters =>
  Object.fromEntries(data.parameters.map((name) => [name, data.floats(name)]));

/** Gradient descent, in place. */
export function descending(data: Data, evaluate: Evaluate): Task {
  const parameters = parametersOf(data);
  const rate = data.setting("rate");
  return stepping(evaluate, parameters, (parameter, gradient) => {
    for (let i = 0; i < parameter.length; i++) parameter[i]! -= rate * gradient[i]!;
  });
}

/** Adam, in place. */
export function adapting(data: Data, evaluate: Evaluate): Task {
  const parameters = parametersOf(data);
  const rate = data.setting("rate");
  const moments = Object.fromEntries(
    Object.entries(parameters).map(([name, { length }]) => [
      name,
      [new Float32Array(length), new Float32Array(length)],
    ]),
  );
  return stepping(evaluate, parameters, (parameter, gradient, name, step) => {
    const [m, v] = moments[name] as [Float32Array, Float32Array];
    const [first, second] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (let i = 0; i < parameter.length; i++) {
      const g = gradient[i]!;
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      parameter[i]! -= (rate * m[i]!) / first / (Math.sqrt(v[i]! / second) + 1e-8);
    }
  });
}

type Update = (parameter: Float32Array, gradient: Float32Array, name: string, step: number) => void;

function stepping(evaluate: Evaluate, parameters: Parameters, update: Update): Task {
  let value = Number.NaN;
  let step = 0;
  return {
    step: () => {
      step++;
      const { loss, gradients } = evaluate(parameters);
      for (const [name, gradient] of Object.entries(gradients)) update(parameters[name]!, gradient, name, step);
      value = loss;
    },
    read: () => [value],
  };
}
