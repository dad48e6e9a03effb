import { type AnyTensor, add, compile, isTensor, tensor } from "@tapegrad/core";
import { assertClose, type Suite, type Workload } from "../suite.ts";
import { measureProcesses } from "./compile/measure.ts";

type Tree = Readonly<Record<string, AnyTensor>>;

/** A function of two operands by each way, which must all come to the same. */
function cached<T extends AnyTensor | Tree>(name: string, f: (a: T, b: T) => T, a: T, b: T): Workload {
  const program = compile(f);
  const donating = compile(f, { donate: [0] });
  const [eager, compiled] = [f(a, b), program(a, b)].map((result) => Object.values(leaves(result)));
  for (const [i, value] of eager!.entries()) assertClose(`${name}, ${i}`, compiled![i]!, value.data());
  // What is handed over comes back as the result, and goes in again.
  let round = f(a, b);
  return {
    name,
    contestants: [
      { name: "eager", run: () => f(a, b) },
      { name: "compiled", run: () => program(a, b) },
      {
        name: "compiled, donated",
        run: () => {
          round = donating(round, b);
        },
      },
    ],
  };
}

const leaves = (result: AnyTensor | Tree): Tree => (isTensor(result) ? { it: result } : (result as Tree));

const one = (value: number): AnyTensor => tensor([value]) as AnyTensor;
const tree = (count: number): Tree => Object.fromEntries(Array.from({ length: count }, (_, i) => [`w${i}`, one(i)]));

const addTrees = (a: Tree, b: Tree): Tree =>
  Object.fromEntries(Object.entries(a).map(([name, value]) => [name, add(value, b[name]!) as AnyTensor]));

/** What a compiled function costs beyond its work: each call, and the first. */
export const compiling: Suite = {
  name: "compile",
  about: "What a compiled function costs: a call of a program that is there, the first call, and memory.",
  workloads: [
    cached("add of 1 element", (a: AnyTensor, b) => add(a, b) as AnyTensor, one(1), one(0)),
    cached("adds of 20 tensors of 1 element", addTrees, tree(20), tree(20)),
  ],
  processes: measureProcesses,
};
