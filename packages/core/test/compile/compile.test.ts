import { afterEach, describe, expect, test } from "vitest";
import { useSettings } from "../../src/compile/settings.ts";
import {
  AbstractValueError,
  type AnyTensor,
  add,
  bernoulli,
  compile,
  DonatedError,
  detectAnomalies,
  GradientError,
  grad,
  jvp,
  type Key,
  key,
  maskedSelect,
  mul,
  record,
  reshape,
  setCompilation,
  snapshot,
  square,
  sub,
  sum,
  TapegradError,
  type Tensor,
  tensor,
  uniform,
  vmap,
} from "../../src/index.ts";

afterEach(() => setCompilation(true));

const double = (x: AnyTensor): AnyTensor => mul(x, 2);
const x = tensor([1, 2]);

describe.each([true, false])("donation, with compilation %s", (isOn) => {
  test("uses the argument up, and says what to do", () => {
    setCompilation(isOn);
    const step = compile(double, { donate: [0] });
    const given = tensor([1, 2]);
    expect(step(given).toArray()).toEqual([2, 4]);
    expect(() => given.toArray()).toThrow(DonatedError);
    expect(() => given.toArray()).toThrow(/float32 \[2\] tensor was handed over .*; use what the function returned/);
    expect(() => step(given)).toThrow(DonatedError);
    expect(() => snapshot(given)).toThrow(DonatedError);
  });

  test("leaves a snapshot as it was", () => {
    setCompilation(isOn);
    const start = { w: tensor([1, 2]) };
    const step = compile((at: typeof start) => ({ w: mul(at.w, 2) }), { donate: [0] });
    step(step(snapshot(start)));
    expect(start.w.toArray()).toEqual([1, 2]);
  });

  test("refuses a tensor that another argument holds, before anything runs", () => {
    setCompilation(isOn);
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    for (const donate of [[0], [1], [0, 1]]) {
      const step = compile((p: AnyTensor, q: AnyTensor) => add(p, q), { donate });
      expect(() => step(a, a)).toThrow(/args\[0\] and in args\[1\], and is handed over; hand over a snapshot/);
      // Also when a program for two tensors is there.
      step(snapshot(a), snapshot(b));
      expect(() => step(a, a)).toThrow(DonatedError);
    }
    expect(a.toArray()).toEqual([1, 2]);
  });

  test("leaves tied weights tied", () => {
    setCompilation(isOn);
    const step = compile(
      (m: { a: AnyTensor; b: AnyTensor }) => {
        const w = mul(add(m.a, m.b), 2) as AnyTensor;
        return { a: w, b: w };
      },
      { donate: [0] },
    );
    const w = tensor([1, 2]) as AnyTensor;
    let model = step({ a: w, b: w });
    for (let i = 0; i < 3; i++) {
      expect(model.a).toBe(model.b);
      model = step(model);
    }
    expect(model.a.toArray()).toEqual([256, 512]);
    expect(step.traces.length).toBe(isOn ? 1 : 0);
  });
});

test("a tensor that one program used up is used up for others, in whose memory it lies", () => {
  const [one, other] = [compile(double, { donate: [0] }), compile(double, { donate: [0] })];
  const made = one(tensor([1, 2]));
  other(made);
  expect(() => one(made)).toThrow(DonatedError);
});

test("two models take turns in one program, and what is not handed over stays", () => {
  const step = compile((w: AnyTensor, by: AnyTensor) => add(w, by), { donate: [0] });
  const by = tensor([1, 10]);
  let [a, b] = [tensor([0, 0]) as AnyTensor, tensor([5, 5]) as AnyTensor];
  for (let i = 0; i < 3; i++) {
    a = step(a, by);
    b = step(b, by);
  }
  expect([a.toArray(), b.toArray(), by.toArray()]).toEqual([
    [3, 30],
    [8, 35],
    [1, 10],
  ]);
  expect(step.traces).toEqual(["the first call"]);
});

test("results of a program that was let go of stay", () => {
  const step = compile(double, { donate: [0], cacheSize: 1 });
  const made = step(tensor([1, 2]));
  const others = [3, 4, 5].map((n) => step(tensor(Array(n).fill(1))));
  expect(made.toArray()).toEqual([2, 4]);
  expect(others.map((other) => other.size)).toEqual([3, 4, 5]);
  expect(others[0]!.toArray()).toEqual([2, 2, 2]);
});

test("results may be arguments, one another, constants and views", () => {
  const constant = tensor([7]);
  const f = compile((a: Tensor) => ({ same: a, twice: [a, a], view: a.reshape([2, 1]), constant, sum: add(a, a) }));
  const { same, twice, view, constant: kept, sum: total } = f(x);
  expect([same.toArray(), twice[1]!.toArray(), view.toArray()]).toEqual([
    [1, 2],
    [1, 2],
    [[1], [2]],
  ]);
  expect([kept.toArray(), total.toArray()]).toEqual([[7], [2, 4]]);
});

describe("a program is made anew", () => {
  test("for other shapes, dtypes, statics, structures and ties, and tells why", () => {
    const f = compile((at: { readonly x: AnyTensor; readonly y?: AnyTensor }, rate: number) => mul(at.x, rate));
    f({ x }, 1);
    f({ x: tensor([1, 2, 3]) }, 1);
    f({ x: tensor([1, 2, 3], { dtype: "float64" }) }, 1);
    f({ x: tensor([1, 2, 3], { dtype: "float64" }) }, 2);
    f({ x, y: tensor([1, 2]) }, 2);
    f({ x, y: x }, 2);
    expect(f.traces).toEqual([
      "the first call",
      "args[0].x was float32 [2] and is float32 [3]",
      "args[0].x was float32 [3] and is float64 [3]",
      "args[1] was 1 and is 2; give numbers that change as tensors",
      "args[0] had the fields x and has x, y",
    ]);
  });

  test("but not for other values, keys, and what was seen before", () => {
    const f = compile((k: Key, at: AnyTensor) => mul(bernoulli(k, 0.5, [64]), at));
    const masks = [0, 1, 0].map((seed) => f(key(seed), tensor(1)).data().join(""));
    expect(f.traces).toHaveLength(1);
    expect(masks[0]).toBe(masks[2]);
    expect(masks[0]).not.toBe(masks[1]);
    expect(masks[1]).toBe(bernoulli(key(1), 0.5, [64]).data().join(""));
  });
});

test("what the function closes over is read once", () => {
  let factor = 2;
  const f = compile((a: AnyTensor) => mul(a, factor));
  f(x);
  factor = 3;
  expect(f(x).toArray()).toEqual([2, 4]);
});

describe("what cannot be traced is refused", () => {
  test("reading a value", () => {
    const f = compile((a: AnyTensor) => (sum(a).item() === 0 ? a : mul(a, 2)));
    expect(() => f(x)).toThrow(AbstractValueError);
    expect(() => f(x)).toThrow(
      /^item: a float32 \[\] tensor has no value while a function is traced; select with where/,
    );
    expect(f.traces).toEqual([]);
  });

  test("results whose shape depends on values", () => {
    const f = compile((a: AnyTensor) => maskedSelect(a, tensor([true, false])) as AnyTensor);
    const g = compile((a: AnyTensor) => maskedSelect(a, a as never) as AnyTensor);
    expect(() => g(tensor([true, false]))).toThrow(TapegradError);
    expect(f(x).toArray()).toEqual([1]);
  });

  test.each([true, false])("promises, with compilation %s", (isOn) => {
    setCompilation(isOn);
    expect(() => compile(async (a: AnyTensor) => a)(x)).toThrow(GradientError);
  });
});

describe("within transforms a compiled function runs plainly", () => {
  const cubed = compile((a: AnyTensor) => mul(square(a), a) as AnyTensor);

  test("gradients, forward mode, batches, tapes and other programs", () => {
    expect(grad((a: AnyTensor) => sum(cubed(a)))(x).toArray()).toEqual([3, 12]);
    expect(jvp(cubed)(x as AnyTensor, tensor([1, 1]) as never).tangent.toArray()).toEqual([3, 12]);
    expect((vmap(cubed)(x as AnyTensor) as AnyTensor).toArray()).toEqual([1, 8]);
    expect(record(cubed)(x).tape.entries).toHaveLength(2);
    expect(compile((a: AnyTensor) => sub(cubed(a), a) as AnyTensor)(x).toArray()).toEqual([0, 6]);
  });

  test("so do programs of which anomalies are to be found", () => {
    const bad = compile((a: AnyTensor) => sum(a.div(sub(a, a))) as AnyTensor);
    expect(() => detectAnomalies(bad)(x)).toThrow(/^div: it made/);
  });
});

test("without WebAssembly a compiled function simply runs, and donates", () => {
  const before = useSettings({ machine: () => null });
  try {
    const step = compile(double, { donate: [0] });
    const given = tensor([1, 2]);
    expect(step(given).toArray()).toEqual([2, 4]);
    expect(() => given.toArray()).toThrow(DonatedError);
    expect(step.traces).toEqual([]);
  } finally {
    useSettings(before);
  }
});

describe("what handing over leaves alone", () => {
  test("a result that is a donated argument in another shape", () => {
    const f = compile((w: Tensor) => ({ next: mul(w, 10), flat: reshape(w, [2]) }), { donate: [0] });
    const { next, flat } = f(tensor([[1, 2]]));
    expect([next.toArray(), flat.toArray()]).toEqual([[[10, 20]], [1, 2]]);
  });

  test("a snapshot of a key", () => {
    const state = { w: tensor([1, 2]), k: key(3) };
    const kept = snapshot(state);
    compile((at: typeof state) => ({ w: mul(at.w, 2), k: at.k }), { donate: [0] })(state);
    expect(uniform(kept.k, [2]).toArray()).toEqual(uniform(key(3), [2]).toArray());
  });

  test("results that happen to be the same are two tensors, and can both be handed over", () => {
    const start = compile((x: Tensor) => ({ w: mul(x, 0), m: mul(x, 0) }));
    const { w, m } = start(tensor([1, 2]));
    expect(w === m).toBe(false);
    const step = compile((w: Tensor, m: Tensor) => [add(w, 1), sub(m, 1)] as const, { donate: [0, 1] });
    expect(step(w, m).map((one) => one.toArray())).toEqual([
      [1, 1],
      [-1, -1],
    ]);
  });

  test("positions beyond the arguments are refused", () => {
    const f = compile((x: Tensor) => mul(x, 2), { donate: [1] });
    expect(() => f(tensor([1]))).toThrow(
      "compile: donate names args[1], and there are 1 arguments; positions count from 0",
    );
  });
});
