import { Relu, Sigmoid, Softmax, Softplus, Tanh } from "../../src/index.ts";
import { floats, type ModuleCase } from "../module-case.ts";

export const cases: readonly ModuleCase[] = [
  { name: "Relu", make: () => new Relu(), input: floats([2, 3]) },
  { name: "Sigmoid", make: () => new Sigmoid(), input: floats([2, 3]) },
  { name: "Softmax", make: () => new Softmax(), input: floats([2, 3]) },
  { name: "Softmax along another axis", make: () => new Softmax(0), input: floats([2, 3]) },
  { name: "Softplus", make: () => new Softplus(), input: floats([2, 3]) },
  { name: "Tanh", make: () => new Tanh(), input: floats([2, 3]) },
];
