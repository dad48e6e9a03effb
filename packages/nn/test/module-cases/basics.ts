import { type AnyTensor, type FloatDType, integers, type Key, splitKey } from "@tapegrad/core";
import {
  BatchNorm,
  Conv1d,
  Dropout,
  DropPath,
  Embedding,
  Flatten,
  Linear,
  Relu,
  Residual,
  Sequential,
  SpatialDropout,
} from "../../src/index.ts";
import { floats, type ModuleCase } from "../module-case.ts";

const indices = (key: Key): AnyTensor => integers(key, 0, 5, [2, 3]) as AnyTensor;

function block(key: Key, dtype: FloatDType): Sequential {
  const [a, b] = splitKey(key) as [Key, Key];
  const hidden = new Linear(3, 4, { key: a, dtype });
  return new Sequential(
    hidden,
    new BatchNorm(4, { dtype }),
    new Relu(),
    new Dropout(0.5),
    new Linear(4, 3, { key: b, dtype }),
  );
}

export const cases: readonly ModuleCase[] = [
  { name: "Linear", make: (key, dtype) => new Linear(3, 2, { key, dtype }), input: floats([4, 3]) },
  {
    name: "Linear without bias",
    make: (key, dtype) => new Linear(3, 2, { key, dtype, bias: false }),
    input: floats([2, 2, 3]),
  },
  { name: "Embedding", make: (key, dtype) => new Embedding(5, 2, { key, dtype }), input: indices },
  {
    name: "Embedding with padding",
    make: (key, dtype) => new Embedding(5, 2, { key, dtype, paddingIndex: 1 }),
    input: indices,
  },
  { name: "Flatten", make: () => new Flatten(), input: floats([2, 2, 3]) },
  { name: "Dropout", make: () => new Dropout(0.5), input: floats([4, 3]) },
  { name: "SpatialDropout", make: () => new SpatialDropout(0.5), input: floats([2, 3, 2]) },
  { name: "DropPath", make: () => new DropPath(0.5), input: floats([4, 3]) },
  { name: "Sequential", make: block, input: floats([4, 3]) },
  { name: "Residual", make: (key, dtype) => new Residual(block(key, dtype)), input: floats([4, 3]) },
  {
    name: "Residual with a shortcut",
    make: (key, dtype) => {
      const [a, b] = splitKey(key) as [Key, Key];
      return new Residual(new Conv1d(2, 3, 3, { key: a, dtype, padding: 1 }), new Conv1d(2, 3, 1, { key: b, dtype }));
    },
    input: floats([2, 2, 4]),
  },
];
