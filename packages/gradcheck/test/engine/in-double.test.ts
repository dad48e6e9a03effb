import {
  type AnyTensor,
  cast,
  checkpoint,
  cond,
  customGradient,
  greater,
  matmul,
  mul,
  ones,
  scan,
  sin,
  sum,
  tensor,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { inDouble } from "../../src/engine/in-double.ts";
import { Thrown } from "../../src/engine/runs.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { checkGradients } from "../../src/index.ts";
import { double } from "./context-for.ts";

const single = tensor([1, 2, 3]) as AnyTensor;
const of = (f: (x: AnyTensor) => unknown, at = single) => inDouble(subjectOf(f, at));

test("float64 stays as it is", () => {
  const subject = subjectOf((x: AnyTensor) => x, double([1]));
  expect(inDouble(subject)).toEqual({ subject, note: null, evaluations: 0 });
});

test("parameters are cast", () => {
  const { subject, note } = of((x) => sum(sin(x)));
  expect(note).toBe("parameters of float32 were cast to float64");
  expect(subject.run(subject.at)[0]!.item()).toBe(Math.sin(1) + Math.sin(2) + Math.sin(3));
  expect(subject.inputs[0]!.dtype).toBe("float64");
});

test("constants that a function closes over are cast on its tape", () => {
  const weights = tensor([0.5, 0.25, 1]) as AnyTensor;
  const { subject, note } = of((x) => sum(mul(sin(x), weights)));
  expect(note).toBe("parameters and constants of float32 were cast to float64, on the tape");
  expect(subject.run(subject.at)[0]!.item()).toBeCloseTo(0.5 * Math.sin(1) + 0.25 * Math.sin(2) + Math.sin(3), 14);
});

test("a mistake of the function's own is thrown as its own, and its runs are counted", () => {
  expect(() => of((x) => matmul(x, ones([5, 5])))).toThrow(Thrown);
  expect(() => of((x) => matmul(x, ones([5, 5])))).toThrow("matmul: ");
  let calls = 0;
  const { evaluations } = of((x) => {
    calls++;
    return mul(sin(x), tensor([1, 2, 3]));
  });
  // Those of the tape are evaluations, too.
  expect([calls, evaluations]).toEqual([3, 5]);
});

test("dtypes among attributes are float64 too", () => {
  const weights = tensor([1, 2, 3], { dtype: "int32" }) as AnyTensor;
  const { subject, note } = of((x) => sum(mul(cast(mul(x, weights), "float32"), ones([3]))));
  expect(note).toMatch(/on the tape/);
  expect(subject.run(subject.at)[0]!.dtype).toBe("float64");
});

test("so are constants of programs", () => {
  const weights = tensor([0.5, 0.25, 1]) as AnyTensor;
  const functions: ((x: AnyTensor) => unknown)[] = [
    (x) => scan((carry: AnyTensor, w: AnyTensor) => [mul(sin(carry), mul(w, weights)), carry], x, weights),
    (x) =>
      cond(
        greater(sum(x), 0) as never,
        (y: AnyTensor) => mul(sin(y), weights),
        (y: AnyTensor) => y,
        x,
      ),
    (x) => checkpoint((y: AnyTensor) => mul(sin(y), weights))(x),
    (x) => checkpoint((y: AnyTensor) => checkpoint((z: AnyTensor) => mul(sin(z), weights))(y))(x),
  ];
  for (const f of functions) {
    const { subject, note } = of(f);
    expect(note).toBe("parameters and constants of float32 were cast to float64, on the tape");
    expect(subject.run(subject.at).map(({ dtype }) => dtype)).not.toContain("float32");
    expect(checkGradients(f, single)).toMatchObject({ verdict: "pass", dtype: "float64" });
  }
});

test("what cannot be run in float64 is judged as it is, and why is told", () => {
  const weights = tensor([0.5, 0.25, 1]) as AnyTensor;
  const custom = customGradient((x: AnyTensor) => ({ value: mul(x, weights), pullBack: (g) => mul(g, weights) }));
  const nested = checkpoint((x: AnyTensor) => custom(x));
  for (const f of [custom, nested, (x: AnyTensor) => mul(mul(x, weights), Number(sum(x).item()))]) {
    const { subject, note } = of(f);
    expect(note).toBe(
      "judged in float32, by its bounds: the function could not be run in float64; give data that it closes over in the dtype of its argument, or put it in the tree",
    );
    expect(subject.inputs[0]!.dtype).toBe("float32");
  }
});
