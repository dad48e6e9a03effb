import { type Shape, type Tensor, tensor } from "@tapegrad/core";
import type { Data } from "../../race/data.ts";

export type Floats = Tensor<Shape, "float32">;

/** An array of the data as a tensor. */
export const floats = (data: Data, name: string): Floats => tensor(data.floats(name), { shape: data.shape(name) });

export const labels = (data: Data, name: string): Tensor<Shape, "int32"> =>
  tensor(data.labels(name), { shape: data.shape(name), dtype: "int32" });
