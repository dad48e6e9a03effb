import { type Key, splitKey } from "@tapegrad/core";
import { Dropout, Flatten, Linear, Relu, Sequential } from "../../src/index.ts";
import { floats, type ModuleCase } from "../module-case.ts";

export const cases: readonly ModuleCase[] = [
  { name: "Linear", make: (key, dtype) => new Linear(3, 2, { key, dtype }), input: floats([4, 3]) },
  {
    name: "Linear without bias",
    make: (key, dtype) => new Linear(3, 2, { key, dtype, bias: false }),
    input: floats([2, 2, 3]),
  },
  { name: "Flatten", make: () => new Flatten(), input: floats([2, 2, 3]) },
  { name: "Dropout", make: () => new Dropout(0.5), input: floats([4, 3]) },
  {
    name: "Sequential",
    make: (key, dtype) => {
      const [a, b] = splitKey(key) as [Key, Key];
      const hidden = new Linear(3, 4, { key: a, dtype });
      return new Sequential(hidden, new Relu(), new Dropout(0.5), new Linear(4, 2, { key: b, dtype }));
    },
    input: floats([4, 3]),
  },
];
