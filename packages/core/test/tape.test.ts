import { broadcastablePairs, shapes, tensors } from "@tapegrad/gradcheck/property";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abs,
  add,
  allClose,
  argmax,
  cast,
  exp,
  grad,
  greater,
  isFloat,
  jvp,
  key,
  maximum,
  mul,
  neg,
  normal,
  power,
  printTape,
  record,
  relu,
  reshape,
  sigmoid,
  slice,
  softplus,
  sort,
  split,
  square,
  stopGradient,
  sub,
  sum,
  type Tape,
  type Tensor,
  tanh,
  tapeToDot,
  tapeToMermaid,
  tensor,
  transpose,
  uniform,
  valueAndGrad,
  vjp,
  where,
} from "../src/index.ts";

const f64 = { dtype: "float64" } as const;
const unaries = [tanh, sigmoid, softplus, exp, neg, relu, abs, square, stopGradient] as unknown as ((
  x: AnyTensor,
) => AnyTensor)[];
const binaries = [add, sub, mul, maximum] as unknown as ((x: AnyTensor, y: AnyTensor) => AnyTensor)[];

/** A random program: each step applies an operation to earlier values, with reuse and diamonds. */
type Program = readonly { readonly op: number; readonly a: number; readonly b: number }[];
const programs = fc.array(fc.record({ op: fc.nat(), a: fc.nat(), b: fc.nat() }), { minLength: 1, maxLength: 12 });

function run(program: Program, inputs: readonly AnyTensor[]): AnyTensor {
  const values = [...inputs];
  for (const { op, a, b } of program) {
    const [x, y] = [values[a % values.length]!, values[b % values.length]!];
    const choice = op % (unaries.length + binaries.length);
    const value = choice < unaries.length ? unaries[choice]!(x) : binaries[choice - unaries.length]!(x, y);
    // Keeps values from growing without bound.
    values.push(tanh(value) as AnyTensor);
  }
  return values.at(-1)!;
}

const twoInputs = broadcastablePairs({ minSize: 1, maxSize: 3 }).chain(({ a, b }) => fc.tuple(tensors(a), tensors(b)));

function tapeOf(
  program: Program,
  inputs: readonly AnyTensor[],
): { tape: Tape; value: AnyTensor; replay: (xs: readonly AnyTensor[]) => AnyTensor } {
  return record((xs: readonly AnyTensor[]) => run(program, xs))(inputs);
}

describe("invariants of the tape, for random programs", () => {
  test("entries stand in topological order: each input is an input of the tape, an earlier output, or a constant", () => {
    fc.assert(
      fc.property(programs, twoInputs, (program, inputs) => {
        const { tape } = tapeOf(program, inputs);
        const known = new Set<AnyTensor>(tape.inputs);
        const produced = new Set(tape.entries.flatMap((entry) => entry.outputs));
        for (const entry of tape.entries) {
          for (const input of entry.inputs) expect(known.has(input) || !produced.has(input)).toBe(true);
          for (const output of entry.outputs) known.add(output);
        }
      }),
    );
  });

  test("an entry keeps the very tensor that the operation returned, and each tensor is produced once", () => {
    fc.assert(
      fc.property(programs, twoInputs, (program, inputs) => {
        const { tape, value } = tapeOf(program, inputs);
        const outputs = tape.entries.flatMap((entry) => entry.outputs);
        expect(new Set(outputs).size).toBe(outputs.length);
        expect(outputs.some((output) => tape.inputs.includes(output))).toBe(false);
        if (tape.watches(value)) expect(tape.entries.some((entry) => entry.outputs.includes(value))).toBe(true);
      }),
    );
  });

  test("nothing is written: inputs, constants and recorded values are the same after both sweeps", () => {
    fc.assert(
      fc.property(programs, twoInputs, (program, inputs) => {
        const { tape } = tapeOf(program, inputs);
        const kept = tape.entries.flatMap((entry) => [...entry.inputs, ...entry.outputs]);
        const before = [...inputs, ...kept].map((t) => t.data());
        const loss = (xs: readonly AnyTensor[]): AnyTensor => sum(run(program, xs));
        grad(loss)(inputs);
        jvp(loss)(inputs, inputs as never);
        [...inputs, ...kept].forEach((t, i) => {
          expect(t.data()).toEqual(before[i]);
        });
      }),
    );
  });

  test("a replay gives what a run gives, for other values too", () => {
    fc.assert(
      fc.property(programs, twoInputs, fc.nat(1000), (program, inputs, seed) => {
        const { replay, value } = tapeOf(program, inputs);
        expect(replay(inputs).data()).toEqual(value.data());
        const others = inputs.map((x, i) => normal(key(seed + i), x.shape, f64) as AnyTensor);
        expect(replay(others).data()).toEqual(run(program, others).data());
      }),
    );
  });

  test("reverse and forward mode agree: ⟨v, J u⟩ = ⟨Jᵀ v, u⟩", () => {
    fc.assert(
      fc.property(programs, twoInputs, fc.nat(1000), (program, inputs, seed) => {
        const f = (xs: readonly AnyTensor[]): AnyTensor => run(program, xs);
        const u = inputs.map((x, i) => normal(key(seed + i), x.shape, f64) as AnyTensor);
        const { value, pullBack } = vjp(f)(inputs);
        const v = normal(key(seed + 9), value.shape, f64);
        const pushed = sum(mul(v, jvp(f)(inputs, u as never).tangent as AnyTensor)) as Tensor<readonly [], "float64">;
        const pulled = (pullBack(v as never) as readonly AnyTensor[]).map((g, i) => sum(mul(g, u[i]!)).item());
        const total = pulled.reduce((a, b) => a + b, 0);
        expect(Math.abs(pushed.item() - total)).toBeLessThan(1e-9 * (1 + Math.abs(total)));
      }),
    );
  });

  test("two backward passes over one tape agree, and are linear in the cotangent", () => {
    fc.assert(
      fc.property(programs, twoInputs, (program, inputs) => {
        const { value, pullBack } = vjp((xs: readonly AnyTensor[]) => run(program, xs))(inputs);
        const once = pullBack(value as never) as readonly AnyTensor[];
        const again = pullBack(value as never) as readonly AnyTensor[];
        const twice = pullBack(mul(value, 2) as never) as readonly AnyTensor[];
        once.forEach((g, i) => {
          expect(again[i]!.data()).toEqual(g.data());
          // Denormal numbers lose digits when they are halved.
          expect(allClose(twice[i]!, mul(g, 2), { rtol: 1e-12, atol: 1e-300 })).toBe(true);
        });
      }),
    );
  });

  test("an input that the result does not depend on has a gradient of zeros, in its shape and dtype", () => {
    fc.assert(
      fc.property(programs, tensors(), tensors(shapes(), { dtype: "float32" }), (program, x, unused) => {
        const gradient = grad((at: { x: AnyTensor; unused: AnyTensor }) => sum(run(program, [at.x])))({
          x,
          unused,
        }) as { unused: AnyTensor };
        expect(gradient.unused.shape).toEqual(unused.shape);
        expect(gradient.unused.dtype).toBe("float32");
        expect(gradient.unused.data().every((value) => value === 0)).toBe(true);
      }),
    );
  });

  test("tied leaves stay one: the gradient at each place is the whole one", () => {
    fc.assert(
      fc.property(programs, tensors(shapes({ maxRank: 2 })), (program, x) => {
        const tied = grad((at: { a: AnyTensor; b: AnyTensor }) => sum(run(program, [at.a, at.b])))({ a: x, b: x }) as {
          a: AnyTensor;
          b: AnyTensor;
        };
        const whole = grad((at: AnyTensor) => sum(run(program, [at, at])))(x) as AnyTensor;
        expect(tied.a).toBe(tied.b);
        expect(tied.a.data()).toEqual(whole.data());
      }),
    );
  });
});

describe("nested transforms never confuse perturbations", () => {
  test("d/dx x · d/dy (x + y) is 1", () => {
    const f = (x: AnyTensor): AnyTensor => mul(x, grad((y: AnyTensor) => add(x, y))(x) as AnyTensor);
    expect(grad(f)(tensor(3) as AnyTensor).item()).toBe(1);
  });

  test("d/dx x · d/dy (x · y) at y = x is 2x: the inner transform differentiates by y only", () => {
    const inner = (x: AnyTensor): AnyTensor => grad((y: AnyTensor) => mul(x, y))(x) as AnyTensor;
    expect(grad((x: AnyTensor) => mul(x, inner(x)))(tensor(3) as AnyTensor).item()).toBe(6);
  });

  test("the same for forward mode inside reverse mode, and the other way round", () => {
    const one = tensor(1, f64) as AnyTensor;
    const x = tensor(3, f64) as AnyTensor;
    const forwardInside = (at: AnyTensor): AnyTensor =>
      mul(at, jvp((y: AnyTensor) => mul(at, y))(at, one as never).tangent as AnyTensor);
    expect(grad(forwardInside)(x).item()).toBe(6);
    const reverseInside = (at: AnyTensor): AnyTensor => mul(at, grad((y: AnyTensor) => mul(at, y))(at) as AnyTensor);
    expect(jvp(reverseInside)(x, one as never).tangent.item()).toBe(6);
  });

  test("for random programs, the outer gradient of an inner gradient agrees with a difference quotient", () => {
    fc.assert(
      fc.property(programs, tensors([2]), (program, x) => {
        fc.pre(program.every(({ op }) => !kinked.includes(nameOf(op))));
        const inner = (at: AnyTensor): AnyTensor => grad((y: AnyTensor) => sum(run(program, [at, y])))(at) as AnyTensor;
        const f = (at: AnyTensor): AnyTensor => sum(mul(at, inner(at)));
        const exact = grad(f)(x) as AnyTensor;
        const h = 1e-5;
        const value = (shift: readonly number[]): number => f(add(x, tensor([...shift], f64)) as AnyTensor).item();
        const numeric = [
          [h, 0],
          [0, h],
        ].map((shift) => (value(shift) - value(shift.map((s) => -s))) / (2 * h));
        exact.data().forEach((g, i) => {
          expect(Math.abs(g - numeric[i]!)).toBeLessThan(1e-5 * (1 + Math.abs(g)));
        });
      }),
    );
  });
});

function nameOf(op: number): string {
  const choice = op % (unaries.length + binaries.length);
  const chosen = choice < unaries.length ? unaries[choice] : binaries[choice - unaries.length];
  return (chosen as unknown as { definition: { name: string } }).definition.name;
}
/** Operations at which a difference quotient means nothing. */
const kinked = ["maximum", "relu", "abs", "stopGradient"];

describe("what is not differentiable", () => {
  const x = tensor([1, -2, 3], f64) as AnyTensor;

  test("comparisons and integer results have zero gradient, without an error", () => {
    const f = (at: AnyTensor): AnyTensor =>
      sum(add(where(greater(at, 0) as never, at, 0), cast(argmax(at) as AnyTensor, "float64")) as AnyTensor);
    expect(grad(f)(x).toArray()).toEqual([1, 0, 1]);
    expect(
      (grad((at: AnyTensor) => sum(cast(greater(at, 0) as AnyTensor, "float64")))(x) as AnyTensor).toArray(),
    ).toEqual([0, 0, 0]);
  });

  test("an unused output of several contributes zeros", () => {
    const f = (at: AnyTensor): AnyTensor => sum(split(at, [1, 2])[1]! as AnyTensor);
    expect(grad(f)(x).toArray()).toEqual([0, 1, 1]);
    const sorted = (at: AnyTensor): AnyTensor => slice(sort(at)[0], [0]) as AnyTensor;
    expect(grad(sorted)(x).toArray()).toEqual([0, 1, 0]);
  });
});

describe("a tape as a program", () => {
  const f = (w: AnyTensor, x: AnyTensor): AnyTensor => sum(relu(reshape(transpose(mul(w, x)), [-1])));
  const { tape, replay } = record(f)(tensor([[1, 2]]) as AnyTensor, tensor([[3], [4]]) as AnyTensor);

  test("prints one operation a line", () => {
    expect(printTape(tape)).toMatch(/^%2 = mul\(%0, %1\) +float32 \[2, 2\]$/m);
    expect(printTape(tape)).toMatch(/^%3 = permute\(%2\) axes=\[1,0\] +float32 \[2, 2\]$/m);
    expect(printTape(tape).split("\n")).toHaveLength(7);
  });

  test("draws itself for Graphviz and Mermaid", () => {
    expect(tapeToDot(tape)).toMatch(
      /^digraph tape \{\n[\s\S]*op0 \[label="mul"\];[\s\S]*input0 -> op0 \[label="float32 \[1, 2\]"\];[\s\S]*\}$/,
    );
    expect(tapeToMermaid(tape)).toMatch(/^flowchart TD\n[\s\S]*op0\["mul"\]/);
  });

  test("refuses arguments of another shape or dtype", () => {
    expect(() => replay(tensor([[1, 2, 3]]), tensor([[3], [4]]))).toThrow(
      "replay: the tape was recorded for float32 [1, 2], not float32 [1, 3]; record the function again for other shapes",
    );
    expect(() => replay(tensor([[1, 2]], f64), tensor([[3], [4]]))).toThrow(/not float64 \[1, 2\]/);
  });

  test("a function that read a value cannot be replayed, and the error says where it was read", () => {
    const branching = record((x: AnyTensor) => (sum(x).item() > 0 ? mul(x, 2) : x))(tensor([1]) as AnyTensor);
    expect(branching.tape.isReplayable).toBe(false);
    expect(() => branching.replay(tensor([1]))).toThrow(
      /replay: the function called item\(\) on a tensor that depends on its inputs.*tape\.test\.ts/,
    );
  });

  test("reading a constant, or printing, leaves a tape replayable", () => {
    const constant = tensor(2);
    const recording = record((x: AnyTensor) => {
      String(x);
      return mul(x, constant.item());
    })(tensor([1]) as AnyTensor);
    expect(recording.replay(tensor([5])).toArray()).toEqual([10]);
  });

  test("a replay draws the same numbers for the same key, and others for another key", () => {
    const { value, replay: again } = record((k: ReturnType<typeof key>) => uniform(k, [4]))(key(1));
    expect(again(key(1)).toArray()).toEqual(value.toArray());
    expect(again(key(2)).toArray()).toEqual(uniform(key(2), [4]).toArray());
  });

  test("a replay can be differentiated", () => {
    const { replay: again } = record((x: AnyTensor) => sum(power(x, 3)))(tensor([1, 1], f64) as AnyTensor);
    const { value, gradient } = valueAndGrad((x: AnyTensor) => again(x))(tensor([2, 3], f64) as AnyTensor);
    expect(value.item()).toBe(35);
    expect((gradient as AnyTensor).toArray()).toEqual([12, 27]);
  });

  test("integer results stay on the tape", () => {
    const { tape: own } = record((x: AnyTensor) => argmax(x))(tensor([1, 2]) as AnyTensor);
    expect(own.entries.map((entry) => entry.operation.name)).toEqual(["argmax"]);
    expect(isFloat(own.entries[0]!.outputs[0]!.dtype)).toBe(false);
  });
});
