import { Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, init } from "../../src/index.ts";
import { floats, type ModuleCase } from "../module-case.ts";

const bias = init.uniform({ low: -1, high: 1 });

export const cases: readonly ModuleCase[] = [
  { name: "Conv1d", make: (key, dtype) => new Conv1d(2, 3, 2, { key, dtype, bias }), input: floats([2, 2, 4]) },
  {
    name: "Conv1d of the same length",
    make: (key, dtype) => new Conv1d(2, 2, 3, { key, dtype, padding: "same", dilation: 2, bias: false }),
    input: floats([1, 2, 5]),
  },
  {
    name: "Conv2d",
    make: (key, dtype) => new Conv2d(2, 2, [2, 3], { key, dtype, bias, stride: [2, 1], padding: [0, 1] }),
    input: floats([2, 2, 4, 3]),
  },
  {
    name: "Conv2d by depth",
    make: (key, dtype) => new Conv2d(2, 4, 2, { key, dtype, groups: 2 }),
    input: floats([2, 2, 3, 3]),
  },
  { name: "Conv3d", make: (key, dtype) => new Conv3d(1, 2, 2, { key, dtype, bias }), input: floats([1, 1, 2, 3, 2]) },
  {
    name: "ConvTranspose1d",
    make: (key, dtype) => new ConvTranspose1d(2, 3, 2, { key, dtype, bias, stride: 2, outputPadding: 1 }),
    input: floats([2, 2, 3]),
  },
  {
    name: "ConvTranspose2d",
    make: (key, dtype) => new ConvTranspose2d(4, 2, [2, 1], { key, dtype, groups: 2, padding: [1, 0] }),
    input: floats([1, 4, 2, 2]),
  },
  {
    name: "ConvTranspose3d",
    make: (key, dtype) => new ConvTranspose3d(1, 1, 2, { key, dtype, dilation: [1, 1, 2], bias: false }),
    input: floats([1, 1, 2, 1, 2]),
  },
];
