import { type AnyTensor, type FloatDType, type Key, splitKey, treeMap, uniform } from "@tapegrad/core";
import { BatchNorm, GroupNorm, InstanceNorm, LayerNorm, type Module, RmsNorm } from "../../src/index.ts";
import { floats, type ModuleCase } from "../module-case.ts";

/** Parameters and buffers other than the ones and zeros at which layers begin, all above 0. */
function drawn(module: Module, key: Key): Module {
  const keys = [...splitKey(key, 4)];
  return treeMap(module, ({ value }) => {
    const { shape, dtype } = value as AnyTensor;
    return uniform(keys.pop()!, shape, { low: 0.5, high: 1.5, dtype: dtype as FloatDType });
  }) as Module;
}

export const cases: readonly ModuleCase[] = [
  { name: "BatchNorm", make: (key, dtype) => drawn(new BatchNorm(2, { dtype }), key), input: floats([4, 2]) },
  {
    name: "BatchNorm of images",
    make: (key, dtype) => drawn(new BatchNorm(2, { dtype, momentum: 0.3, eps: 0.1 }), key),
    input: floats([2, 2, 2, 2]),
  },
  {
    name: "BatchNorm without parameters",
    make: (key, dtype) => drawn(new BatchNorm(2, { dtype, affine: false }), key),
    input: floats([2, 2, 3]),
  },
  { name: "LayerNorm", make: (key, dtype) => drawn(new LayerNorm(3, { dtype }), key), input: floats([2, 2, 3]) },
  {
    name: "LayerNorm of two axes",
    make: (key, dtype) => drawn(new LayerNorm([2, 3], { dtype, eps: 0.1 }), key),
    input: floats([2, 2, 3]),
  },
  { name: "RmsNorm", make: (key, dtype) => drawn(new RmsNorm(3, { dtype }), key), input: floats([2, 2, 3]) },
  { name: "GroupNorm", make: (key, dtype) => drawn(new GroupNorm(2, 4, { dtype }), key), input: floats([2, 4, 3]) },
  { name: "InstanceNorm", make: (key, dtype) => drawn(new InstanceNorm(2, { dtype }), key), input: floats([2, 2, 3]) },
  {
    name: "InstanceNorm without parameters",
    make: (_, dtype) => new InstanceNorm(2, { dtype, affine: false }),
    input: floats([2, 2, 3]),
  },
];
