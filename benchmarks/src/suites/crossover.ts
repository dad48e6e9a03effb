import { type AnyTensor, add, exp, key, matmul, sum, tanh, uniform } from "@tapegrad/core";
import { useKernels } from "../../../packages/core/src/kernels/active.ts";
import type { Kernels } from "../../../packages/core/src/kernels/kernels.ts";
import { reference } from "../../../packages/core/src/kernels/reference/index.ts";
import { acceleratedKernels } from "../../../packages/core/src/kernels/wasm/index.ts";
import { startMachine } from "../../../packages/core/src/kernels/wasm/machine.ts";
import type { Suite, Workload } from "../suite.ts";

const machine = startMachine();
/** The machine for calls of every size; operands lie in its memory already, as results of the operations before do. */
const always = acceleratedKernels(() => machine, {
  products: 0,
  functions: 0,
  arithmetic: 0,
  draws: 0,
  reductions: 0,
  movement: 0,
});

const draw = (shape: number[]): AnyTensor => uniform(key(1), shape);

/** Runs an operation by a set of kernels. */
const by = (own: Kernels, run: () => unknown) => (): void => {
  const before = useKernels(own);
  run();
  useKernels(before);
};

const sizes = (name: string, all: readonly number[], operation: (size: number) => () => unknown): Workload[] =>
  all.map((size) => {
    const run = operation(size);
    return {
      name: `${name} of ${size}`,
      contestants: [
        { name: "plain loops", run: by(reference, run) },
        { name: "WebAssembly", run: by(always, run) },
      ],
    };
  });

/** From where on WebAssembly is faster: the numbers `MEASURED` of packages/core/src/kernels/wasm/index.ts come from here. */
export const crossover: Suite = {
  name: "crossover",
  about: "Plain loops beside WebAssembly, by size, float32.",
  workloads: [
    ...sizes("tanh", [32, 64, 128, 256, 512], (n) => {
      const x = draw([n]);
      return () => tanh(x);
    }),
    ...sizes("exp", [64, 128, 256, 512, 1024], (n) => {
      const x = draw([n]);
      return () => exp(x);
    }),
    ...sizes("add", [256, 512, 1024, 2048, 4096, 8192], (n) => {
      const [x, y] = [draw([n]), draw([n])];
      return () => add(x, y);
    }),
    ...sizes("sum", [512, 1024, 2048, 4096], (n) => {
      const x = draw([n]);
      return () => sum(x);
    }),
    ...sizes("matmul", [6, 8, 10, 12, 14, 16], (n) => {
      const [x, y] = [draw([n, n]), draw([n, n])];
      return () => matmul(x, y);
    }),
    ...sizes("uniform", [32, 64, 128, 256], (n) => () => uniform(key(1), [n])),
  ],
};
