import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abstract,
  add,
  allClose,
  bernoulli,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  type Key,
  key,
  matmul,
  mul,
  normal,
  ones,
  record,
  scan,
  slice,
  splitKey,
  stack,
  sum,
  tanh,
  tapeCost,
  tensor,
  valueAndGrad,
  vmap,
  where,
  zeros,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const w = mul(normal(key(1), [3, 3], f64), 0.5) as AnyTensor;
const h0 = normal(key(2), [3], f64) as AnyTensor;
const xs = normal(key(3), [5, 3], f64) as AnyTensor;
const close = (a: unknown, b: unknown): boolean =>
  allClose(a as AnyTensor, b as AnyTensor, { rtol: 1e-11, atol: 1e-12 });

type Parameters = { w: AnyTensor; h: AnyTensor; xs: AnyTensor };
const at: Parameters = { w, h: h0, xs };

/** A recurrent network, whose weight the body closes over. */
const scanned = (p: Parameters, reverse = false): AnyTensor => {
  const [h, ys] = scan(
    (carry: AnyTensor, x: AnyTensor) => {
      const next = tanh(add(matmul(p.w, carry), x)) as AnyTensor;
      return [next, mul(next, carry)];
    },
    p.h,
    p.xs,
    { reverse },
  );
  return add(sum(h), sum(mul(ys, ys))) as AnyTensor;
};

/** The same, with a loop of JavaScript. */
const looped = (p: Parameters, reverse = false): AnyTensor => {
  let h = p.h;
  const ys: AnyTensor[] = [];
  for (let i = 0; i < 5; i++) {
    const next = tanh(add(matmul(p.w, h), slice(p.xs, [reverse ? 4 - i : i]))) as AnyTensor;
    ys.push(mul(next, h) as AnyTensor);
    h = next;
  }
  return ys.reduce((total, y) => add(total, sum(mul(y, y))) as AnyTensor, sum(h) as AnyTensor);
};

describe("scan is a loop", () => {
  test.each([false, true])("in value, gradient and second derivatives, reverse: %s", (reverse) => {
    const [a, b] = [scanned, looped].map((f) => (p: Parameters) => f(p, reverse));
    const [first, second] = [a!, b!].map((f) => valueAndGrad(f)(at));
    expect(close(first!.value, second!.value)).toBe(true);
    for (const name of ["w", "h", "xs"] as const) {
      expect(close(first!.gradient[name], second!.gradient[name])).toBe(true);
    }
    const direction = { w: ones([3, 3], f64), h: ones([3], f64), xs: ones([5, 3], f64) } as never;
    const [firstHvp, secondHvp] = [a!, b!].map((f) => hvp(f)(at, direction) as unknown as Parameters);
    for (const name of ["w", "h", "xs"] as const) expect(close(firstHvp![name], secondHvp![name])).toBe(true);
    const along = [a!, b!].map((f) => jvp(f)(at, direction).tangent);
    expect(close(along[0], along[1])).toBe(true);
    const overH = [a!, b!].map((f) => hessian((h: AnyTensor) => f({ ...at, h }))(h0));
    expect(close(overH[0], overH[1])).toBe(true);
    const thirds = [a!, b!].map((f) =>
      grad((h: AnyTensor) => sum(hvp((g: AnyTensor) => f({ ...at, h: g }))(h, h as never)))(h0),
    );
    expect(close(thirds[0], thirds[1])).toBe(true);
  });

  test("mapped over what is carried, the slices, and what the body closes over", () => {
    const batch = (x: AnyTensor): AnyTensor => stack([x, mul(x, 2), mul(x, -1)]) as AnyTensor;
    const all = { w: batch(w), h: batch(h0), xs: batch(xs) };
    const row = (p: Parameters, i: number): Parameters => ({
      w: slice(p.w, [i]) as AnyTensor,
      h: slice(p.h, [i]) as AnyTensor,
      xs: slice(p.xs, [i]) as AnyTensor,
    });
    expect(close(vmap((p: Parameters) => scanned(p))(all), stack([0, 1, 2].map((i) => looped(row(all, i)))))).toBe(
      true,
    );
    const gradients = vmap((p: Parameters) => grad((q: Parameters) => scanned(q))(p) as Parameters)(all);
    const summed = grad((p: Parameters) => sum(vmap((q: Parameters) => scanned(q))(p)))(all) as Parameters;
    for (const name of ["w", "h", "xs"] as const) {
      const expected = stack(
        [0, 1, 2].map((i) => (grad((q: Parameters) => looped(q))(row(all, i)) as Parameters)[name]),
      );
      expect(close(gradients[name], expected)).toBe(true);
      expect(close(summed[name], expected)).toBe(true);
    }
    const shared = vmap((h: AnyTensor) => scanned({ ...at, h }))(all.h);
    expect(close(shared, stack([0, 1, 2].map((i) => looped({ ...at, h: row(all, i).h }))))).toBe(true);
  });
});

describe("scan", () => {
  test("carries and returns trees, static values among them", () => {
    const [carry, ys] = scan(
      (state: { h: AnyTensor; step: AnyTensor; name: string }, x: AnyTensor) => [
        { h: add(state.h, x) as AnyTensor, step: add(state.step, 1) as AnyTensor, name: state.name },
        { doubled: mul(x, 2), step: state.step },
      ],
      { h: zeros([2]) as AnyTensor, step: tensor(0, { dtype: "int32" }) as AnyTensor, name: "a" },
      ones([3, 2]) as AnyTensor,
    );
    expect([carry.h.toArray(), carry.step.item(), carry.name]).toEqual([[3, 3], 3, "a"]);
    expect([ys.doubled.toArray(), ys.step.toArray()]).toEqual([
      [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
      [0, 1, 2],
    ]);
  });

  test("two places that begin with one tensor are carried apart", () => {
    const zero = tensor(0);
    const [[a, b]] = scan(
      ([p, q]: readonly AnyTensor[]) => [[add(p!, 1), add(q!, 2)], null],
      [zero, zero] as readonly AnyTensor[],
      null,
      { length: 3 },
    );
    expect([a!.item(), b!.item()]).toEqual([3, 6]);
  });

  test("carries a key, whose draws differ from step to step and are the same in the gradient", () => {
    const dropped = (x: AnyTensor): AnyTensor => {
      const step = ([k, h]: readonly [Key, AnyTensor]) => {
        const [next, own] = splitKey(k, 2);
        const mask = bernoulli(own!, 0.5, [4]);
        return [[next!, where(mask, mul(h, 2), h)], mask] as never;
      };
      return sum(
        (scan(step, [key(5), x] as readonly [Key, AnyTensor], null, { length: 6 })[0] as readonly [Key, AnyTensor])[1],
      ) as AnyTensor;
    };
    const gradient = grad(dropped)(ones([4], f64) as AnyTensor);
    expect(close(sum(gradient), dropped(ones([4], f64) as AnyTensor))).toBe(true);
    expect(new Set(gradient.data()).size).toBeGreaterThan(1);
  });

  test("of no steps hands on what it was given", () => {
    const [h, ys] = scan((c: AnyTensor, x: AnyTensor) => [add(c, x), x], h0, zeros([0, 3], f64) as AnyTensor);
    expect([h.toArray(), ys.shape]).toEqual([h0.toArray(), [0, 3]]);
    expect(
      grad((c: AnyTensor) =>
        sum(scan((d: AnyTensor, x: AnyTensor) => [mul(d, x), x], c, zeros([0, 3], f64) as AnyTensor)[0]),
      )(h0).toArray(),
    ).toEqual([1, 1, 1]);
  });

  test("runs on abstract values", () => {
    const [h, ys] = scan(
      (c: AnyTensor, x: AnyTensor) => [add(c, x), c],
      abstract([3], "float32") as AnyTensor,
      abstract([7, 3], "float32") as AnyTensor,
    );
    expect([h.isAbstract, ys.isAbstract, ys.shape]).toEqual([true, true, [7, 3]]);
  });

  test("nests, and stands within other transforms", () => {
    const table = (x: AnyTensor): AnyTensor => {
      const [, rows] = scan(
        (c: AnyTensor, row: AnyTensor) => {
          const [total, sums] = scan((d: AnyTensor, y: AnyTensor) => [add(mul(d, c), y), mul(d, y)], c, row);
          return [total, sums];
        },
        tensor(0.5, f64) as AnyTensor,
        x,
      );
      return sum(rows) as AnyTensor;
    };
    const plain = (x: AnyTensor): AnyTensor => {
      let c = tensor(0.5, f64) as AnyTensor;
      let total = tensor(0, f64) as AnyTensor;
      for (let i = 0; i < 5; i++) {
        let d = c;
        for (let j = 0; j < 3; j++) {
          const y = slice(x, [i, j]) as AnyTensor;
          total = add(total, mul(d, y)) as AnyTensor;
          d = add(mul(d, c), y) as AnyTensor;
        }
        c = d;
      }
      return total;
    };
    expect(close(table(xs), plain(xs))).toBe(true);
    expect(close(grad(table)(xs), grad(plain)(xs))).toBe(true);
    const [forward, reverse] = (["forward", "reverse"] as const).map((mode) => jacobian(table, { mode })(xs));
    expect(close(forward, reverse)).toBe(true);
    // A body that differentiates.
    const descended = scan(
      (x: AnyTensor) => [grad((y: AnyTensor) => sum(mul(mul(y, y), 0.5)))(x) as AnyTensor, null],
      h0,
      null,
      { length: 2 },
    );
    expect(close(descended[0], h0)).toBe(true);
  });

  test("is replayed for other values, also of what the body closes over", () => {
    const { replay, tape } = record(scanned)(at);
    expect(tape.entries.filter(({ operation }) => operation.name === "scan")).toHaveLength(1);
    const other = { w: mul(w, 0.3) as AnyTensor, h: mul(h0, 2) as AnyTensor, xs: mul(xs, -1) as AnyTensor };
    expect(close(replay(other), looped(other))).toBe(true);
  });

  test("differentiates 10,000 steps with a tape as long as for 10", () => {
    const decay = (a: AnyTensor, length: number): AnyTensor =>
      sum(
        scan(
          (h: AnyTensor, x: AnyTensor) => [add(mul(h, a), x), h],
          zeros([2], f64) as AnyTensor,
          ones([length, 2], f64) as AnyTensor,
        )[1],
      ) as AnyTensor;
    const lengths = [10, 10_000].map(
      (length) =>
        record((a: AnyTensor) => grad((b: AnyTensor) => decay(b, length))(a))(tensor(0.5, f64) as AnyTensor).tape
          .entries.length,
    );
    expect(lengths[1]).toBe(lengths[0]);
    // Σ over steps t of hₜ with hₜ₊₁ = a·hₜ + 1 tends to n/(1 − a); its derivative to n/(1 − a)².
    const gradient = grad((a: AnyTensor) => decay(a, 10_000))(tensor(0.5, f64) as AnyTensor).item() as number;
    expect(gradient / (2 * 10_000 * 4)).toBeCloseTo(1, 3);
  });

  test("keeps no sums of what constants receive, step by step, when its gradient is recorded", () => {
    const kept = (length: number): number =>
      tapeCost(
        record((weights: AnyTensor) =>
          grad((v: AnyTensor) => sum(scan((h: AnyTensor) => [tanh(matmul(v, h)), null], h0, null, { length })[0]))(
            weights,
          ),
        )(w).tape,
      ).bytesWritten;
    // Per step: what is carried forward, and backward; three numbers each of 8 bytes.
    expect(kept(100) - kept(99)).toBe(2 * 3 * 8);
  });

  test("costs as many operations as it has steps", () => {
    const cost = (length: number): number =>
      tapeCost(record((h: AnyTensor) => scan((c: AnyTensor) => [matmul(w, c), null], h, null, { length })[0])(h0).tape)
        .flops;
    expect(cost(7)).toBe(7 * 2 * 9);
  });
});

describe("scan refuses", () => {
  const step = (c: AnyTensor, x: AnyTensor): [AnyTensor, AnyTensor] => [c, x];
  test.each([
    ["a body that is none", () => scan(3 as never, h0, xs), "scan: the body is of type number; give a function"],
    [
      "a body without a pair",
      () => scan(((c: AnyTensor) => c) as never, h0, xs),
      "scan: the body returned a tensor; return [what is carried on, output]",
    ],
    [
      "a scalar to slice",
      () => scan(step, h0, tensor(1) as AnyTensor),
      "scan: the tensor is a scalar, and has no slices",
    ],
    [
      "a length that is not that of the slices",
      () => scan(step, h0, xs, { length: 4 }),
      "scan: 4 steps are asked for, but the tensor of [5, 3] has 5",
    ],
    ["a number of steps that is none", () => scan(step, h0, xs, { length: 1.5 }), "scan: 1.5 is no number of steps"],
    [
      "an unknown option",
      () => scan(step, h0, xs, { steps: 4 } as never),
      'scan: there is no option "steps"; use length, reverse',
    ],
    [
      "another dtype of what is carried",
      () => scan((c: AnyTensor) => [add(c, 1) as never, null], tensor(true) as AnyTensor, null, { length: 1 }),
      "scan: what is carried is bool before a step and int32 after it",
    ],
    [
      "another structure",
      () => scan((c: readonly AnyTensor[]) => [{ h: c[0]! } as never, null], [h0], null, { length: 1 }),
      'scan: what is carried is ["tensor"] before a step and {"h":"tensor"} after it',
    ],
    [
      "a number that changes",
      () =>
        scan((c: { h: AnyTensor; n: number }) => [{ h: c.h, n: c.n + 1 }, null], { h: h0, n: 0 }, null, { length: 1 }),
      "numbers that change must be tensors",
    ],
    [
      "a value that is read",
      () =>
        scan((c: AnyTensor) => [(c.item() as number) > 0 ? c : mul(c, 2), null], tensor(1) as AnyTensor, null, {
          length: 1,
        }),
      "item: a float32 [] tensor has no value while a function is traced",
    ],
  ])("%s", (_, f, message) => {
    expect(f).toThrow(message);
  });
});
