// Faults that autodiff libraries for JavaScript had, each as a test that it is none of ours.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import {
  type AnyTensor,
  abs,
  add,
  at,
  celu,
  cumprod,
  div,
  einsum,
  elu,
  equal,
  exp,
  grad,
  greater,
  hessian,
  log,
  logSigmoid,
  logSoftmax,
  matmul,
  max,
  maximum,
  mean,
  mish,
  mul,
  norm,
  power,
  prod,
  type Shape,
  scaledDotProductAttention,
  selu,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  softplus,
  square,
  stopGradient,
  sum,
  type Tensor,
  tanh,
  tensor,
  topk,
  valueAndGrad,
  where,
  zeros,
} from "@tapegrad/core";
import { binaryCrossEntropy, klDivergence, negativeLogLikelihood, softmaxCrossEntropy } from "@tapegrad/nn";
import { adam } from "@tapegrad/optim";
import { describe, expect, test } from "vitest";

type Nested = number | readonly Nested[];
type Unary = (x: AnyTensor) => AnyTensor;

const f64 = (values: Nested): Tensor<Shape, "float64"> => tensor(values as number[], { dtype: "float64" });
const f32 = (values: Nested): AnyTensor => tensor(values as number[]) as AnyTensor;
const int = (values: Nested): AnyTensor => tensor(values as number[], { dtype: "int32" }) as AnyTensor;
const flat = (x: AnyTensor): number[] => [...x.data()];

/** The gradient of the sum of f at x, flat. */
const slopes = (f: Unary, x: AnyTensor): number[] => flat(grad((z: AnyTensor) => sum(f(z)) as AnyTensor)(x));

/** The second derivatives of the sum of an elementwise f, as gradients of gradients. */
const curvatures = (f: Unary, x: AnyTensor): number[] =>
  slopes((z) => grad((y: AnyTensor) => sum(f(y)) as AnyTensor)(z) as AnyTensor, x);

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `${actual} is not ${expected}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected[i]!)),
    );
  });
}

/** Central differences of Σ f, extrapolated once: good to about 1e-10 where f is smooth. */
function differences(f: Unary, x: AnyTensor): number[] {
  const values = x.data();
  const total = (i: number, h: number): number =>
    sum(f(f64Like(values.with(i, values[i]! + h) as Float64Array, x))).item() as number;
  const central = (i: number, h: number): number => (total(i, h) - total(i, -h)) / (2 * h);
  return Array.from(values, (_, i) => (4 * central(i, 5e-4) - central(i, 1e-3)) / 3);
}

const f64Like = (values: Float64Array, { shape }: AnyTensor): AnyTensor =>
  tensor(values, { dtype: "float64" }).reshape(shape) as AnyTensor;

describe("second derivatives of functions that are computed from their own result exist:", () => {
  const x = [-1.5, -0.3, 0.7, 2];
  const s = x.map((v) => 1 / (1 + Math.exp(-v)));

  test.each<[string, Unary, number[]]>([
    ["tanh", (z) => tanh(z), x.map((v) => -2 * Math.tanh(v) * (1 - Math.tanh(v) ** 2))],
    ["sigmoid", (z) => sigmoid(z), s.map((p) => p * (1 - p) * (1 - 2 * p))],
    ["exp", (z) => exp(z), x.map(Math.exp)],
    ["elu", (z) => elu(z), x.map((v) => (v < 0 ? Math.exp(v) : 0))],
  ])("%s", (_, f, expected) => expectClose(curvatures(f, f64(x)), expected));

  const weights = [1, -2, 3];
  const logits = [0.2, -0.4, 1.1];
  const p = logits.map((z) => Math.exp(z) / logits.reduce((total, other) => total + Math.exp(other), 0));
  const weigh = (f: Unary) => (z: AnyTensor) => sum(mul(f(z), f64(weights))) as AnyTensor;
  const isSame = (i: number, j: number): number => (i === j ? 1 : 0);

  test("softmax", () => {
    // With m = Σ wp: ∂²m/∂zᵢ∂zⱼ = pᵢ (wᵢ − m) δᵢⱼ − pᵢ pⱼ (wᵢ + wⱼ − 2m).
    const m = p.reduce((total, q, i) => total + q * weights[i]!, 0);
    const expected = p.flatMap((q, i) =>
      p.map((r, j) => q * (weights[i]! - m) * isSame(i, j) - q * r * (weights[i]! + weights[j]! - 2 * m)),
    );
    expectClose(flat(hessian(weigh(softmax as Unary))(f64(logits)) as AnyTensor), expected);
  });

  test("logSoftmax", () => {
    // −Σw (diag(p) − p pᵀ)
    const expected = p.flatMap((q, i) => p.map((r, j) => -2 * (q * isSame(i, j) - q * r)));
    expectClose(flat(hessian(weigh(logSoftmax as Unary))(f64(logits)) as AnyTensor), expected);
  });
});

describe("operations without a gradient elsewhere have one:", () => {
  const matrix = f64([
    [1, 2, 3],
    [4, 5, 6],
  ]);

  test("einsum", () => {
    const b = f64([
      [1, -1],
      [2, 0],
      [3, 5],
    ]);
    // d Σ(AB) / dA = the row sums of B, in every row.
    expect(slopes((a) => einsum("ij,jk->ik", a, b) as AnyTensor, matrix)).toEqual([0, 2, 8, 0, 2, 8]);
  });

  test("topk", () => {
    expect(slopes((x) => square(topk(x, 2)[0]), f64([3, -1, 5, 4]))).toEqual([0, 0, 10, 8]);
  });

  test("cumprod", () => {
    // Σ = a + ab + abc
    expect(slopes((x) => cumprod(x), f64([2, 3, 4]))).toEqual([1 + 3 + 12, 2 + 8, 6]);
  });

  test("gathering elements by several indices, repeated ones included", () => {
    const picked = (x: AnyTensor): AnyTensor => at(x, [int([0, 1, 0]), int([2, 0, 2])]);
    expect(flat(picked(matrix))).toEqual([3, 4, 3]);
    expect(slopes((x) => square(picked(x)), matrix)).toEqual([0, 0, 12, 8, 0, 0]);
  });

  test("strided slices", () => {
    const every = (x: AnyTensor): AnyTensor => slice(x, [null, [0, 3, 2]]) as AnyTensor;
    expect(slopes((x) => square(every(x)), matrix)).toEqual([2, 0, 6, 8, 0, 12]);
  });

  test("where(greater(x, 0), ...)", () => {
    expect(slopes((x) => where(greater(x, 0), square(x), mul(x, -3)) as AnyTensor, f64([-1, 2]))).toEqual([-3, 4]);
  });
});

describe("what a result does not depend on has a gradient of zeros:", () => {
  test("an argument that the function does not use", () => {
    const gradient = grad((at: { x: AnyTensor; unused: AnyTensor }) => sum(square(at.x)) as AnyTensor)({
      x: f64([3]),
      unused: f64([1, 2]),
    }) as { x: AnyTensor; unused: AnyTensor };
    expect([flat(gradient.x), flat(gradient.unused)]).toEqual([[6], [0, 0]]);
  });

  test("the second derivative of a linear function", () => {
    expect(curvatures((x) => mul(x, 3) as AnyTensor, f64([1, 2]))).toEqual([0, 0]);
  });

  test("a function of a stopped gradient", () => {
    expect(slopes((x) => mul(stopGradient(x), 2) as AnyTensor, f64([1, 2]))).toEqual([0, 0]);
  });
});

describe("kinks take the middle:", () => {
  test("the norm at 0 has a gradient of 0", () => {
    expect(slopes((x) => norm(x) as AnyTensor, f64([0, 0]))).toEqual([0, 0]);
    expectClose(
      slopes((x) => norm(x) as AnyTensor, f64([3, 4])),
      [0.6, 0.8],
    );
  });

  test("ties of a maximum share its gradient", () => {
    expect(slopes((x) => max(x) as AnyTensor, f64([5, 1, 5]))).toEqual([0.5, 0, 0.5]);
    expect(slopes((x) => maximum(x, 5) as AnyTensor, f64([5, 1, 6]))).toEqual([0.5, 0, 1]);
  });

  test("|x| at 0 has a slope of 0", () => {
    expect(slopes((x) => abs(x), f64([-2, 0, 2]))).toEqual([-1, 0, 1]);
  });
});

describe("gradients are no NaN, but what they are,", () => {
  const tiny = Math.exp(-100);

  test.each<[string, Unary, slope: number, limit: number]>([
    ["sigmoid", (x) => sigmoid(x), tiny, 0],
    ["silu", (x) => silu(x), -99 * tiny, 0],
    ["logSigmoid", (x) => logSigmoid(x), 1, 1],
  ])("of %s at −100", (_, f, slope, limit) => {
    const [actual] = slopes(f, f64([-100]));
    expect(Math.abs(actual! / slope - 1)).toBeLessThan(1e-12);
    // In float32 it is subnormal.
    const [single, farther] = slopes(f, f32([-100, -1000]));
    expect(Math.abs(single! - slope)).toBeLessThan(1e-42);
    expect(farther).toBe(limit);
  });

  // The scale of selu: Klambauer et al., "Self-normalizing neural networks", 2017.
  test.each<[string, Unary, slope: number]>([
    ["softplus", (x) => softplus(x), 1],
    ["elu", (x) => elu(x), 1],
    ["selu", (x) => selu(x), 1.0507009873554805],
    ["celu", (x) => celu(x), 1],
    ["mish", (x) => mish(x), 1],
  ])("of %s at 100", (_, f, slope) => {
    expect(slopes(f, f64([100, 1000]))).toEqual([slope, slope]);
    expect(slopes(f, f32([100, 1000]))).toEqual([Math.fround(slope), Math.fround(slope)]);
    expect(curvatures(f, f32([100, 1000])).every((curvature) => Math.abs(curvature) < 1e-40)).toBe(true);
  });

  test("of power(x, 2) at 0", () => {
    expect(slopes((x) => power(x, 2) as AnyTensor, f64([0, -3]))).toEqual([0, -6]);
    expect(curvatures((x) => power(x, 2) as AnyTensor, f64([0, -3]))).toEqual([2, 2]);
  });

  test("of prod with one zero, and with two", () => {
    expect(slopes((x) => prod(x) as AnyTensor, f64([2, 0, 3]))).toEqual([0, 6, 0]);
    expect(slopes((x) => prod(x) as AnyTensor, f64([0, 0, 3]))).toEqual([0, 0, 0]);
    const second = hessian((x: AnyTensor) => prod(x) as AnyTensor)(f64([0, 0, 3])) as AnyTensor;
    expect(flat(second)).toEqual([0, 3, 0, 3, 0, 0, 0, 0, 0]);
  });

  test("of cumprod with one zero, and with two", () => {
    // Σ = a + ab + abc
    expect(slopes((x) => cumprod(x), f64([2, 0, 3]))).toEqual([1, 2 + 6, 0]);
    expect(slopes((x) => cumprod(x), f64([0, 0, 3]))).toEqual([1, 0, 0]);
  });

  test("of sin(x)/x, patched at 0", () => {
    const sinc = (x: AnyTensor): AnyTensor => where(equal(x, 0), 1, div(sin(x), x)) as AnyTensor;
    expect(flat(sinc(f64([0])))).toEqual([1]);
    expectClose(slopes(sinc, f64([0, 2])), [0, (2 * Math.cos(2) - Math.sin(2)) / 4]);
  });

  test("of a branch that where did not select, infinite there", () => {
    const f = (x: AnyTensor): AnyTensor => where(greater(x, 0), log(x), x) as AnyTensor;
    expect(slopes(f, f64([0, 2]))).toEqual([1, 0.5]);
    expect(slopes((x) => where(greater(x, 0), div(1, x), 0) as AnyTensor, f64([0, 2]))).toEqual([0, -0.25]);
    expect(curvatures(f, f64([0, 2]))).toEqual([0, -0.25]);
  });
});

describe("derivatives are accurate:", () => {
  test("tanh of a small number, in float32", () => {
    const x = [1e-4, 1e-2, -1e-6, 0.5].map(Math.fround);
    const relative = (actual: readonly number[], f: (v: number) => number): number =>
      Math.max(...actual.map((value, i) => Math.abs(value / f(x[i]!) - 1)));
    expect(relative(flat(tanh(f32(x))), Math.tanh)).toBeLessThan(2e-7);
    expect(
      relative(
        slopes((z) => tanh(z), f32(x)),
        (v) => 1 - Math.tanh(v) ** 2,
      ),
    ).toBeLessThan(2e-7);
  });

  test("power, for exponents other than 2, and for the exponent itself", () => {
    const x = f64([0.5, 2, 3]);
    for (const n of [3, -1, 0.5, 1, -2.5]) {
      expectClose(
        slopes((z) => power(z, n) as AnyTensor, x),
        [0.5, 2, 3].map((v) => n * v ** (n - 1)),
      );
    }
    expectClose(
      slopes((b) => power(2, b) as AnyTensor, x),
      [0.5, 2, 3].map((b) => Math.LN2 * 2 ** b),
    );
  });

  test("gradients of a chain of all of these agree with differences", () => {
    const chain = (x: AnyTensor): AnyTensor => {
      const scores = einsum("ij,kj->ik", tanh(x), mish(x)) as AnyTensor;
      return mul(logSoftmax(cumprod(sigmoid(scores), 1)), power(softplus(scores), 1.5)) as AnyTensor;
    };
    const x = f64([
      [0.3, -0.8],
      [1.2, 0.1],
    ]);
    expectClose(slopes(chain, x), differences(chain, x), 1e-8);
    const gradientOf = (z: AnyTensor): AnyTensor => grad((y: AnyTensor) => sum(chain(y)) as AnyTensor)(z) as AnyTensor;
    expectClose(slopes(gradientOf, x), differences(gradientOf, x), 1e-8);
  });

  test("Adam corrects the bias of its first steps", () => {
    // Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1.
    const [rate, beta1, beta2, epsilon] = [0.1, 0.9, 0.999, 1e-8];
    const optimizer = adam({ learningRate: rate, beta1, beta2, epsilon });
    let model = { w: f64([1, -2]) };
    let state = optimizer.init(model);
    const expected = [1, -2];
    const [m, v] = [
      [0, 0],
      [0, 0],
    ];
    [
      [1e-3, -50],
      [2e-3, 7],
      [0, 1],
    ].forEach((g, i) => {
      ({ model, state } = optimizer.update(model, { w: f64(g) }, state));
      g.forEach((value, j) => {
        m[j] = beta1 * m[j]! + (1 - beta1) * value;
        v[j] = beta2 * v[j]! + (1 - beta2) * value ** 2;
        const [mHat, vHat] = [m[j]! / (1 - beta1 ** (i + 1)), v[j]! / (1 - beta2 ** (i + 1))];
        expected[j]! -= (rate * mHat) / (Math.sqrt(vHat) + epsilon);
      });
      expectClose(flat(model.w), expected);
    });
    // Without the correction the first step would be 0.1/√0.001 = 3.2 times as large.
    expectClose(flat(optimizer.update({ w: f64([0]) }, { w: f64([5]) }, optimizer.init({ w: f64([0]) })).model.w), [
      -rate / (1 + epsilon / 5),
    ]);
  });
});

describe("tensors are ordinary values:", () => {
  test("a training loop that disposes of nothing does not leak", () => {
    const code = `
      import { grad, matmul, mul, ones, square, sub, sum, tanh } from "@tapegrad/core";
      const x = ones([50, 20]);
      let w = ones([20, 20]);
      const step = () => { w = sub(w, mul(grad((v) => sum(square(tanh(matmul(x, v)))))(w), 1e-4)); };
      for (let i = 0; i < 500; i++) step();
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 5000; i++) step();
      console.log(process.memoryUsage.rss() - before);
    `;
    // 5000 steps make 5000 · 6 tensors of 1000 floats at least: 120 MB.
    const options = ["--conditions=@tapegrad/source", "--import", "tsx", "--input-type=module", "--eval", code];
    const cwd = fileURLToPath(new URL("..", import.meta.url));
    expect(Number(execFileSync(process.execPath, options, { cwd, encoding: "utf8" }))).toBeLessThan(60e6);
  });

  test("a loop may use a tensor as often as it likes, and after transforms have seen it", () => {
    const x = f64([1, 2]);
    let total = zeros([2], { dtype: "float64" }) as AnyTensor;
    for (let i = 0; i < 3; i++) {
      const { value, gradient } = valueAndGrad((z: AnyTensor) => sum(mul(z, mul(x, z))) as AnyTensor)(x);
      expect(value.item()).toBe(9);
      total = add(total, add(gradient as AnyTensor, x)) as AnyTensor;
    }
    expect(flat(total)).toEqual([9, 30]);
    expect(flat(x)).toEqual([1, 2]);
  });

  test("a printed tensor shows its values, and nothing of the engine", () => {
    const x = f32([
      [1, 0.5],
      [-3, 4],
    ]);
    expect(String(x)).toBe("float32 [2, 2] [[1, 0.5], [-3, 4]]");
    expect(inspect({ x })).toBe("{ x: Tensor float32 [2, 2] [[1, 0.5], [-3, 4]] }");
    // While a function is differentiated, too.
    const seen: string[] = [];
    grad((z: AnyTensor) => {
      seen.push(inspect(z));
      return sum(z) as AnyTensor;
    })(x);
    expect(seen).toEqual(["Tensor float32 [2, 2] [[1, 0.5], [-3, 4]]"]);
  });
});

describe("a probability of 0 in a loss gives no NaN:", () => {
  test("binaryCrossEntropy", () => {
    const [p, y] = [f64([0, 1, 0, 1]), f64([0, 1, 1, 0])];
    expect(flat(binaryCrossEntropy(p, y, { reduction: "none" }))).toEqual([0, 0, 100, 100]);
    expect(slopes((q) => binaryCrossEntropy(q, y, { reduction: "sum" }), p)).toEqual([1, -1, 0, 0]);
  });

  test("softmaxCrossEntropy, saturated, excluded by −∞, or of weight 0", () => {
    const saturated = f64([
      [1000, -1000],
      [1000, -1000],
    ]);
    const [targets, sums] = [int([0, 1]), { reduction: "sum" } as const];
    expect(softmaxCrossEntropy(saturated, targets, sums).item()).toBe(2000);
    expect(slopes((z) => softmaxCrossEntropy(z, targets, sums), saturated)).toEqual([0, 0, 1, -1]);
    const excluded = f64([[0, 0, Number.NEGATIVE_INFINITY]]);
    for (const y of [int([0]), f64([[1, 0, 0]])]) {
      const loss = (z: AnyTensor): AnyTensor => softmaxCrossEntropy(z, y, { ...sums, weights: f64([1, 2, 0]) });
      expectClose([loss(excluded).item() as number], [Math.LN2]);
      expectClose(slopes(loss, excluded), [-0.5, 0.5, 0]);
    }
    expect(softmaxCrossEntropy(excluded, int([2]), { ...sums, weights: f64([1, 2, 0]) }).item()).toBe(0);
  });

  test("negativeLogLikelihood and klDivergence", () => {
    const logs = f64([[0, Number.NEGATIVE_INFINITY]]);
    expect(negativeLogLikelihood(logs, int([0])).item()).toBe(0);
    expect(slopes((z) => negativeLogLikelihood(z, int([0])), logs)).toEqual([-1, 0]);
    const sums = { reduction: "sum" } as const;
    expect(klDivergence(logs, f64([[1, 0]]), sums).item()).toBe(0);
    expect(slopes((z) => klDivergence(z, f64([[1, 0]]), sums), logs)).toEqual([-1, 0]);
    expect(slopes((q) => klDivergence(logs, q, sums), f64([[1, 0]]))).toEqual([1, 0]);
  });
});

describe("shapes at the edge are shapes:", () => {
  test("empty tensors", () => {
    const none = zeros([0, 3], { dtype: "float64" }) as AnyTensor;
    expect([sum(none).item(), prod(none).item()]).toEqual([0, 1]);
    expect(flat(sum(none, 0) as AnyTensor)).toEqual([0, 0, 0]);
    expect(softmax(none).shape).toEqual([0, 3]);
    const gradient = grad((x: AnyTensor) => sum(softmax(matmul(x, f64([[1], [2], [3]])))) as AnyTensor)(none);
    expect(gradient.shape).toEqual([0, 3]);
    expect(flat(matmul(zeros([2, 0], { dtype: "float64" }), zeros([0, 2], { dtype: "float64" })))).toEqual([
      0, 0, 0, 0,
    ]);
    expect(mean(none).item()).toBeNaN();
    expect(() => max(none)).toThrow("max: [0, 3] has no element along its reduced axes");
  });

  test("tensors without axes", () => {
    const x = f64(3);
    for (const reduce of [sum, mean, prod, max, norm] as unknown as Unary[]) {
      expect(reduce(x).shape).toEqual([]);
      expect(reduce(x).item()).toBe(3);
      expect(slopes(reduce, x)).toEqual([1]);
    }
    expect(slopes((z) => mul(z, f64([[1, 2]])) as AnyTensor, x)).toEqual([3]);
    expect(flat(hessian((z: AnyTensor) => power(z, 3) as AnyTensor)(x) as AnyTensor)).toEqual([18]);
  });

  test("a row of attention that may attend to nothing", () => {
    const [q, k, v] = [f64([[1], [2]]), f64([[3], [4]]), f64([[5], [6]])];
    const mask = tensor([
      [true, true],
      [false, false],
    ]) as AnyTensor;
    const attend = (query: AnyTensor, values: AnyTensor): AnyTensor =>
      scaledDotProductAttention(query, k, values, { mask }) as AnyTensor;
    const p = 1 / (1 + Math.exp(-1));
    expectClose(flat(attend(q, v)), [5 + p, 0]);
    // d/dq (5 + σ(q)) at q = 1, of the row that attends; and of the values, their shares.
    expectClose(
      slopes((query) => attend(query, v), q),
      [p * (1 - p), 0],
    );
    expectClose(
      slopes((values) => attend(q, values), v),
      [1 - p, p],
    );
  });
});
