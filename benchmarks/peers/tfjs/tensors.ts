import * as tf from "@tensorflow/tfjs";
import type { Data } from "../../src/race/data.ts";

/** An array of the data as a tensor. */
export const floats = (data: Data, name: string): tf.Tensor => tf.tensor(data.floats(name), [...data.shape(name)]);

/** As a parameter. */
export const variable = (data: Data, name: string): tf.Variable => tf.variable(floats(data, name));

/** The weight of a dense layer as a parameter of [in, out], which is how layers of tfjs keep it. */
export const kernel = (data: Data, name: string): tf.Variable => tf.variable(tf.transpose(floats(data, name)));

/** Class labels as rows of 0 and a 1, which is what the loss takes. */
export const oneHot = (data: Data, name: string, classes: number): tf.Tensor =>
  tf.oneHot(tf.tensor1d(data.labels(name), "int32"), classes).toFloat();
