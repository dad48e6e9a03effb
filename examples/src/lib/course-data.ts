import { readFileSync } from "node:fs";
import { type Tensor, tensor, transpose } from "@tapegrad/core";

/** Numbers of a matrix, row after row. */
export type Matrix = readonly (readonly number[])[];

/** The parameters of a network of three layers: weights are [out, in], biases [out, 1]. */
export interface CourseParameters {
  readonly W1: Matrix;
  readonly b1: Matrix;
  readonly W2: Matrix;
  readonly b2: Matrix;
  readonly W3: Matrix;
  readonly b3: Matrix;
}

/** What the exercise published or a NumPy reproduction of it measured. A number may be the string "inf". */
export interface CourseRun {
  readonly initial_parameters: CourseParameters;
  readonly costs: Readonly<Record<string, number | "inf">>;
  readonly final_cost: number;
  readonly train_accuracy: number;
  readonly test_accuracy: number;
}

interface CourseData {
  readonly train_X: Matrix;
  readonly train_Y: Matrix;
  readonly test_X: Matrix;
  readonly test_Y: Matrix;
}

export interface GradientCheckingFixture {
  readonly n_d: {
    readonly X: Matrix;
    readonly Y: Matrix;
    readonly parameters: CourseParameters;
    /** The gradient by the complex-step method: exact but for the last digits. */
    readonly complex_step_gradient: readonly number[];
    readonly difference_by_epsilon: Readonly<Record<string, number>>;
    readonly planted_bugs_dW2x2_db1x4: CheckFixture;
    readonly correct: CheckFixture;
  };
}

interface CheckFixture {
  readonly difference: number;
  readonly per_parameter_difference: Readonly<Record<string, number>>;
}

export interface TrainingFixture<Runs extends string> {
  readonly data: CourseData;
  readonly runs: Readonly<Record<Runs, CourseRun>>;
}

interface Fixtures {
  readonly gradient_checking: GradientCheckingFixture;
  readonly initialization: TrainingFixture<"zeros" | "random10" | "he">;
  readonly regularization_synthetic: TrainingFixture<"none" | "l2" | "dropout">;
}

/** The data, initial parameters and results of an exercise. */
export function courseFixture<Name extends keyof Fixtures>(name: Name): Fixtures[Name] {
  const url = new URL(`../../fixtures/course_${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as Fixtures[Name];
}

/** A matrix of float64: what the exercises compute in, and what makes their numbers comparable to the last digits. */
export type Float64Matrix = Tensor<readonly [number, number], "float64">;

export function matrix(values: Matrix): Float64Matrix {
  return tensor(values, { dtype: "float64" }) as Float64Matrix;
}

/** Points of the plane and their classes, 0 or 1. One example per row: x is [m, 2], y is [m, 1]. */
export interface Points {
  readonly x: Float64Matrix;
  readonly y: Float64Matrix;
}

/** The exercises put one example into each column; rows are what every layer here expects. */
export function pointsOf({ train_X, train_Y, test_X, test_Y }: CourseData): { train: Points; test: Points } {
  return {
    train: { x: transpose(matrix(train_X)), y: transpose(matrix(train_Y)) },
    test: { x: transpose(matrix(test_X)), y: transpose(matrix(test_Y)) },
  };
}
