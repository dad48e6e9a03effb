import {
  type AnyTensor,
  ArgumentError,
  add,
  alias,
  bernoulli,
  cast,
  cond,
  customGradient,
  exp,
  GradientError,
  grad,
  greater,
  type Key,
  key,
  log,
  matmul,
  mul,
  normal,
  ones,
  record,
  relu,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { assertGradients, checkGradients, GradientCheckError, type GradientReport } from "../src/index.ts";
import { cost, type Parameters, parameters } from "./course-network.ts";
import { double, f64, wrongBy } from "./engine/context-for.ts";

describe("the network of the course", () => {
  test("passes, with an error below 1e-11", () => {
    const report = checkGradients(cost, parameters);
    expect(report.verdict).toBe("pass");
    expect(report.relativeError).toBeLessThan(1e-11);
    expect(report.resolvingPower).toBeLessThan(1e-8);
    expect(report.paths.map(({ path }) => path)).toEqual(["W1", "b1", "W2", "b2", "W3", "b3"]);
    expect(report.taylorSlope).toBeCloseTo(2, 1);
    expect(report.evaluations).toBeLessThan(30);
  });

  test("passes at second order", () => {
    expect(checkGradients(cost, parameters, { order: 2 }).verdict).toBe("pass");
  });

  test("has its planted bugs found, with their factors", () => {
    const planted = (at: Parameters): AnyTensor => cost({ ...at, W2: wrongBy(2)(at.W2), b1: wrongBy(4)(at.b1) });
    const report = checkGradients(planted, parameters);
    expect(report.verdict).toBe("fail");
    expect(report.paths.map(({ path, verdict, diagnosis }) => [path, verdict, diagnosis])).toEqual([
      ["W1", "pass", null],
      ["b1", "fail", "it is 4 times what it should be"],
      ["W2", "fail", "it is 2 times what it should be"],
      ["b2", "pass", null],
      ["W3", "pass", null],
      ["b3", "pass", null],
    ]);
    expect(report.culprits.map(({ operation }) => operation)).toEqual(["customGradient", "customGradient"]);
    expect([2, 4]).toContain(Math.round(report.worst!.ratio));
    expect(report.taylorSlope).toBeCloseTo(1, 1);
  });

  test("has a gradient judged that is given", () => {
    const right = grad(cost)(parameters) as unknown as Parameters;
    expect(checkGradients(cost, parameters, { gradient: right }).verdict).toBe("pass");
    const planted = { ...right, W2: mul(right.W2, 2), b1: mul(right.b1, 4) };
    const report = checkGradients(cost, parameters, { gradient: planted });
    expect(report.paths.filter(({ verdict }) => verdict === "fail").map(({ path }) => path)).toEqual(["b1", "W2"]);
    expect(report.culprits).toEqual([]);
  });
});

describe("one wrong element among 100,000", () => {
  const point = normal(key(0), [100, 1000], f64) as AnyTensor;
  const weights = normal(key(1), [100, 1000], f64) as AnyTensor;
  const values = new Float64Array(100_000).fill(1);

  test.each([0, 1.01])("that is off by a factor of %f is found in 60 evaluations", (factor) => {
    const factors = tensor(values.with(67_890, factor), { shape: [100, 1000], ...f64 }) as AnyTensor;
    let calls = 0;
    const report = checkGradients((x: AnyTensor) => {
      calls++;
      return sum(mul(sin(wrongBy(factors)(x)), weights));
    }, point);
    expect(report.verdict).toBe("fail");
    expect(report.worst).toMatchObject({ path: "", index: [67, 890] });
    expect(report.worst!.ratio).toBeCloseTo(factor, 4);
    expect(report.evaluations).toBeLessThanOrEqual(60);
    expect(calls).toBeLessThanOrEqual(report.evaluations);
  });

  test("in one of several parameters", () => {
    const factors = tensor(values.with(67_890, 2), { shape: [100, 1000], ...f64 }) as AnyTensor;
    const at = { first: double([1, 2]), layers: [{ weight: point }], last: double(3) };
    const f = ({ first, layers, last }: typeof at): AnyTensor =>
      add(sum(square(first)), mul(sum(mul(sin(wrongBy(factors)(layers[0]!.weight)), weights)), last));
    const report = checkGradients(f, at);
    expect(report.worst).toMatchObject({ path: "layers.0.weight", index: [67, 890] });
    expect(report.paths.map(({ verdict }) => verdict)).toEqual(["pass", "fail", "pass"]);
    expect(report.evaluations).toBeLessThanOrEqual(60);
    expect(String(report)).toContain("worst: layers.0.weight[67, 890] analytic ");
  });
});

const x = double([
  [0.3, -1.2, 2],
  [0.5, 0.7, -0.1],
]);
const custom = (value: (at: AnyTensor) => AnyTensor, pullBack: (g: AnyTensor, at: AnyTensor) => unknown) =>
  customGradient((at: AnyTensor) => ({ value: value(at), pullBack: (g) => pullBack(g, at) as AnyTensor }));

describe("second order", () => {
  test("passes for right functions, with a line for each argument of the pull-back", () => {
    const report = checkGradients((at: AnyTensor) => mul(at, exp(at)), x, { order: 2 });
    expect(report.verdict).toBe("pass");
    expect(report.paths.map(({ path, order }) => [path, order])).toEqual([
      ["", 1],
      ["", 2],
      ["(cotangent)", 2],
    ]);
  });

  test("finds what is right at first order only: by the point", () => {
    const detached = custom(exp, (g, at) => mul(g, stopGradient(exp(at))));
    expect(checkGradients(detached, x).verdict).toBe("pass");
    const report = checkGradients(detached, x, { order: 2 });
    expect(report.verdict).toBe("fail");
    expect(report.paths.map(({ verdict }) => verdict)).toEqual(["pass", "fail", "pass"]);
  });

  test("and by the cotangent, which a bilinear function shows", () => {
    const detached = custom(
      (at) => mul(at, at) as AnyTensor,
      (g, at) => mul(stopGradient(g), mul(at, 2)),
    );
    // Forward mode is made of reverse mode here, and would show it at first order.
    const modes = ["numeric", "reverse"] as const;
    expect(checkGradients(detached, x, { modes }).verdict).toBe("pass");
    const report = checkGradients(detached, x, { modes, order: 2 });
    expect(report.paths.map(({ verdict }) => verdict)).toEqual(["pass", "pass", "fail"]);
  });
});

describe("what is wrong with a function is told, and not thrown", () => {
  const kinds = (report: GradientReport): [string, string[]] => [
    report.verdict,
    report.problems.map(({ kind }) => kind),
  ];

  test("values that are not finite, by the operation", () => {
    const report = checkGradients((at: AnyTensor) => log(at), x);
    expect(kinds(report)).toEqual(["fail", ["not finite"]]);
    expect(report.problems[0]!.message).toMatch(/^the result is not finite: log: it made NaN in element 1 of \[2, 3\]/);
  });

  test("random numbers without a key; with one in the tree all is well", () => {
    expect(kinds(checkGradients((at: AnyTensor) => mul(at, Math.random()), x))).toEqual(["fail", ["randomness"]]);
    const dropped = ({ at, k }: { at: AnyTensor; k: Key }): AnyTensor =>
      mul(exp(at), cast(bernoulli(k, 0.5, [2, 3]), "float64"));
    expect(checkGradients(dropped, { at: x, k: key(0) }).verdict).toBe("pass");
  });

  test("an exception on the third call", () => {
    let calls = 0;
    const report = checkGradients((at: AnyTensor) => {
      if (++calls === 3) throw new Error("boom");
      return exp(at);
    }, x);
    expect(kinds(report)).toEqual(["fail", ["throws"]]);
    expect(report.problems[0]!.message).toBe("evaluation 3 threw: boom");
    expect(report.evaluations).toBe(3);
    const first = checkGradients(() => {
      throw new Error("boom");
    }, x);
    expect(kinds(first)).toEqual(["fail", ["throws"]]);
  });

  test("a pull-back that ignores its cotangent", () => {
    expect(
      kinds(
        checkGradients(
          custom(exp, (_, at) => exp(at)),
          x,
        ),
      ),
    ).toEqual(["fail", ["linearity"]]);
  });

  test("a pull-back that treats small cotangents otherwise", () => {
    const clipped = custom(exp, (g, at) =>
      mul(mul(g, cast(mul(g, g).data().length > 0 ? bigOf(g) : g, "float64")), exp(at)),
    );
    expect(checkGradients(clipped, x).verdict).toBe("fail");
  });
});

/** 1 where a cotangent is large, else 0. */
const bigOf = (g: AnyTensor): AnyTensor =>
  tensor(
    Array.from(g.data(), (value) => Math.abs(value) > 1e-4),
    { shape: g.shape },
  ) as AnyTensor;

describe("what cannot be checked is refused", () => {
  test("no parameters, and no floats", () => {
    expect(() => checkGradients(() => x, {})).toThrow(ArgumentError);
    expect(() => checkGradients((at: AnyTensor) => at, tensor([1], { dtype: "int32" }))).toThrow(
      "checkGradients: there is no parameter to check, but the argument (int32 [1])",
    );
  });

  test("no tensor, and a promise", () => {
    expect(() => checkGradients(() => 3, x)).toThrow(GradientError);
    expect(() => checkGradients(async (at: AnyTensor) => at, x)).toThrow("the function returned a promise");
  });
});

describe("results of any structure", () => {
  test("a tree of tensors, of which those of floats count", () => {
    const f = (at: AnyTensor) => ({ a: exp(at), b: [sum(at), 3], c: tensor([1], { dtype: "int32" }) });
    expect(checkGradients(f, x, { order: 2 }).verdict).toBe("pass");
  });

  test("with cotangents that are given", () => {
    const f = (at: AnyTensor) => ({ a: exp(at), b: sum(at) });
    const cotangents = { a: x, b: double(2) };
    expect(checkGradients(f, x, { cotangents }).verdict).toBe("pass");
    expect(() => checkGradients(f, x, { cotangents: x })).toThrow(
      "the cotangent of a is no tensor; give floats of [2,3]",
    );
  });

  test("a tied parameter counts once", () => {
    const w = double([1, 2]);
    const report = checkGradients(({ a, b }: { a: AnyTensor; b: AnyTensor }) => mul(exp(a), b), { a: w, b: w });
    expect(report.paths.map(({ path, verdict }) => [path, verdict])).toEqual([["a", "pass"]]);
  });

  test("an input that is not used has a gradient of 0", () => {
    const report = checkGradients(({ a }: { a: AnyTensor; b: AnyTensor }) => exp(a), { a: x, b: double([1]) });
    expect(report.paths.map(({ verdict, vanishes }) => [verdict, vanishes])).toEqual([
      ["pass", false],
      ["pass", true],
    ]);
  });
});

describe("float32", () => {
  const at = tensor([1, 2, 3]) as AnyTensor;
  const weights = tensor([0.5, 0.25, 1]) as AnyTensor;
  const f = (v: AnyTensor): AnyTensor => sum(mul(tanh(v), weights)) as AnyTensor;

  test("is cast to float64, constants included", () => {
    const report = checkGradients(f, at);
    expect([report.verdict, report.dtype]).toEqual(["pass", "float64"]);
    expect(report.dtypeNote).toBe("parameters and constants of float32 were cast to float64, on the tape");
    expect(report.resolvingPower).toBeLessThan(1e-9);
  });

  test("or judged by its own bounds", () => {
    for (let seed = 0; seed < 50; seed++) {
      const report = checkGradients(f, at, { dtype: "given", order: 2, key: seed });
      expect([report.verdict, report.dtype, report.dtypeNote]).toEqual(["pass", "float32", null]);
      expect(report.resolvingPower).toBeGreaterThan(1e-6);
      expect(report.resolvingPower).toBeLessThan(1e-2);
    }
    expect(checkGradients((v: AnyTensor) => f(wrongBy(1.1)(v)), at, { dtype: "given" }).verdict).toBe("fail");
  });
});

test("a mistake of the function is a problem in either dtype", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const report = checkGradients((at: AnyTensor) => matmul(at, ones([5, 5], { dtype })), tensor([1, 2], { dtype }));
    expect([report.verdict, report.problems.map(({ kind }) => kind)]).toEqual(["fail", ["throws"]]);
    expect(report.problems[0]!.message).toMatch(/^evaluation \d threw: matmul: /);
  }
});

test("programs that decide different things are no obstacle", () => {
  const f = (at: AnyTensor): unknown =>
    cond(
      greater(sum(at), 0) as never,
      (a: AnyTensor) => sum(relu(a)),
      (a: AnyTensor) => sum(exp(a)),
      at,
    );
  expect(checkGradients(f, double([0.501, -0.5])).problems).toEqual([]);
});

test("kinks are told by their places on the tape that the function records", () => {
  const at = double([1, 2e-5]);
  const kinked = customGradient((a: AnyTensor) => ({
    value: relu(add(mul(a, 2), 0)),
    pullBack: (g) => mul(mul(g, 2), cast(greater(a, 0), "float64") as AnyTensor),
  }));
  for (const f of [
    (a: AnyTensor) => relu(alias(exp(mul(relu(a), 1))) as AnyTensor),
    (a: AnyTensor) => sum(mul(kinked(alias(mul(a, 1)) as AnyTensor), a)),
    (a: AnyTensor) => sum(relu(kinked(mul(a, 1)))),
  ]) {
    const { tape } = record(f)(at);
    const { kinks, verdict } = checkGradients(f, at);
    expect(verdict).toBe("pass");
    expect(kinks.length).toBeGreaterThan(0);
    for (const { entry } of kinks) expect(tape.entries[entry]!.operation.name).toMatch(/relu|customGradient/);
  }
});

test("operations without forward rules of their own are named", () => {
  expect(
    checkGradients(
      custom(exp, (g, at) => mul(g, exp(at))),
      x,
    ).dependent,
  ).toEqual(["customGradient"]);
  expect(checkGradients((at: AnyTensor) => exp(at), x).dependent).toEqual([]);
});

test("assertGradients returns a report that passes, and throws one that does not", () => {
  expect(assertGradients((at: AnyTensor) => exp(at), x).verdict).toBe("pass");
  try {
    assertGradients((at: AnyTensor) => exp(wrongBy(2)(at)), x);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(GradientCheckError);
    expect((error as GradientCheckError).report.verdict).toBe("fail");
    expect((error as Error).message).toMatch(/^assertGradients: fail: 1 of 1 gradients are wrong/);
  }
  const noisy = (at: AnyTensor): AnyTensor => square(sub(add(at, 1e13), 1e13)) as AnyTensor;
  expect(() => assertGradients(noisy, x)).toThrow("assertGradients: inconclusive: ");
});

test("the same key makes the same check", () => {
  const report = (seed: number): string =>
    String(checkGradients((at: AnyTensor) => exp(at) as Tensor, x, { key: seed }));
  expect(report(1)).toBe(report(1));
  expect(report(1)).not.toBe(report(2));
});
