import { perceptron, transformer } from "../race/networks.ts";
import type { Workload } from "../race/workload.ts";

/** One network in several sizes. */
export interface Series {
  readonly name: string;
  /** What of, and by what. */
  readonly title: string;
  readonly sizes: readonly number[];
  readonly workload: (size: number) => Workload;
}

const BATCH = 128;
const WIDTH = 256;

/** What grows, one thing at a time. */
export const series: readonly Series[] = [
  {
    name: "batch",
    title: "784-512-512-10, by examples in a batch",
    sizes: [1, 4, 16, 64, 256, 1024],
    workload: (size) => perceptron([784, 512, 512, 10], size),
  },
  {
    name: "width",
    title: "three dense layers on a batch of 128, by width",
    sizes: [32, 64, 128, 256, 512, 1024, 2048],
    workload: (size) => perceptron([size, size, size, 10], BATCH),
  },
  {
    name: "depth",
    title: "dense layers of 256 on a batch of 128, by hidden layers",
    sizes: [1, 2, 4, 8, 16, 32],
    workload: (size) => perceptron([...Array.from({ length: size + 1 }, () => WIDTH), 10], BATCH),
  },
  {
    name: "sequence",
    title: "transformer block, width 128, batch 8, by tokens in a sequence",
    sizes: [16, 32, 64, 128, 256, 512],
    workload: (size) => transformer(128, 8, size, 4),
  },
];

/** All of them, named by series and size. */
export const workloads: readonly Workload[] = series.flatMap(({ name, title, sizes, workload }) =>
  sizes.map((size) => {
    const of = workload(size);
    // Adam divides what is small by what is small: rounding shows after a step of a deep network.
    return { ...of, name: `${name}-${size}`, title: `${title}: ${size}`, task: of.name, tolerance: 5e-3 };
  }),
);
