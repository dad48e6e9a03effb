import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { torch } from "js-pytorch";
import { type Data, probes } from "../src/race/data.ts";
import { serve } from "../src/race/serve.ts";
import type { Task, Tasks } from "../src/race/task.ts";

type Tensor = ReturnType<typeof torch.tensor>;

/** Values in rows of rows, which is how the library keeps them. */
function nested(values: ArrayLike<number>, [size, ...rest]: readonly number[], start = 0): unknown[] {
  const step = rest.reduce((a, b) => a * b, 1);
  return Array.from({ length: size! }, (_, i) =>
    rest.length === 0 ? values[start + i] : nested(values, rest, start + i * step),
  );
}

const floats = (data: Data, name: string, isParameter = false): Tensor =>
  torch.tensor(nested(data.floats(name), data.shape(name)), isParameter);

const flat = (x: Tensor): number[] => (x.data as unknown[]).flat(9) as number[];

function ofTwo(data: Data, operation: (a: Tensor, b: Tensor) => Tensor): Task {
  const [a, b] = [floats(data, "a"), floats(data, "b")];
  let result = a;
  return {
    step: () => {
      result = operation(a, b);
    },
    read: () => probes(flat(result)),
  };
}

const product = (data: Data): Task => ofTwo(data, (a, b) => a.matmul(b));

type Perceptron = Readonly<Record<"w1" | "b1" | "w2" | "b2" | "w3" | "b3", Tensor>>;

/** Weights are [in, out], as `torch.nn.Linear` has them. */
const perceptronOf = (data: Data): Perceptron =>
  Object.fromEntries(
    data.parameters.map((name) => {
      const value = floats(data, name);
      const data_ = name.startsWith("w") ? value.transpose(0, 1).data : value.data;
      return [name, torch.tensor(data_, true)];
    }),
  ) as unknown as Perceptron;

const relu = new torch.nn.ReLU();

function forward(x: Tensor, p: Perceptron): Tensor {
  const hidden = relu.forward(x.matmul(p.w1).add(p.b1));
  return relu.forward(hidden.matmul(p.w2).add(p.b2)).matmul(p.w3).add(p.b3);
}

function mlp(data: Data): Task {
  const [x, y] = [floats(data, "x"), torch.tensor([...data.labels("y")])];
  const parameters = perceptronOf(data);
  const optimizer = new torch.optim.Adam(Object.values(parameters), data.setting("rate"), 0, [0.9, 0.999], 1e-8);
  const criterion = new torch.nn.CrossEntropyLoss();
  let value = Number.NaN;
  return {
    step: () => {
      const loss = criterion.forward(forward(x, parameters), y);
      loss.backward();
      optimizer.step();
      optimizer.zero_grad();
      value = flat(loss)[0]!;
    },
    read: () => [value],
  };
}

const noTanh = "it has no tanh";

const tasks: Tasks = {
  "matmul-128": product,
  "matmul-256": product,
  "matmul-512": product,
  "matmul-1024": product,
  "matmul-at-512": (data) => ofTwo(data, (a, b) => a.transpose(0, 1).matmul(b)),
  "matmul-bt-512": (data) => ofTwo(data, (a, b) => a.matmul(b.transpose(0, 1))),
  elementwise: noTanh,
  "elementwise-gradients": noTanh,
  circles: "it has neither a loss from logits for two classes nor gradient descent without Adam",
  mlp,
  cnn: "it has no convolution",
  lstm: noTanh,
  transformer: "its blocks are causal, with relu and weights of their own, and it has no GELU",
  "add-1": (data) => ofTwo(data, (a, b) => a.add(b)),
};

const entry = createRequire(import.meta.url).resolve("js-pytorch");
const manifest = join(dirname(entry), "..", "package.json");
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
await serve(`js-pytorch ${version}`, tasks);
