import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  add,
  allClose,
  bernoulli,
  checkpoint,
  customGradient,
  defineUnary,
  type FloatUnary,
  grad,
  hessian,
  jvp,
  type KeepPolicy,
  keepCostly,
  key,
  matmul,
  mul,
  normal,
  ones,
  record,
  scan,
  sub,
  sum,
  tanh,
  tapeCost,
  tensor,
  vmap,
  where,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;
const x = normal(key(1), [4, 8], f64) as AnyTensor;
const weights = Array.from({ length: 32 }, (_, i) => mul(normal(key(2 + i), [8, 8], f64), 0.4) as AnyTensor);

const block = (w: AnyTensor, h: AnyTensor): AnyTensor => {
  let at = h;
  for (let i = 0; i < 4; i++) at = tanh(add(matmul(at, w), mul(at, 0.1))) as AnyTensor;
  return at;
};
const network =
  (layer: typeof block) =>
  (ws: readonly AnyTensor[]): AnyTensor =>
    sum(ws.reduce((h, w) => layer(w, h), x)) as AnyTensor;
const close = (a: AnyTensor, b: AnyTensor): boolean => allClose(a, b, { rtol: 1e-11, atol: 1e-12 });

describe("checkpoint", () => {
  const [plain, lean] = [network(block), network(checkpoint(block))];

  test("changes no value and no gradient, at first and second order", () => {
    expect(lean(weights).item()).toBe(plain(weights).item());
    const gradients = [plain, lean].map((f) => grad(f)(weights) as readonly AnyTensor[]);
    gradients[0]!.forEach((gradient, i) => {
      expect(close(gradients[1]![i]!, gradient)).toBe(true);
    });
    const second = [block, checkpoint(block)].map((layer) =>
      grad((w: AnyTensor) => sum(mul(grad((v: AnyTensor) => sum(layer(v, x)))(w), w)))(weights[0]!),
    ) as AnyTensor[];
    expect(close(second[1]!, second[0]!)).toBe(true);
  });

  test("keeps at least three times less on the tape", () => {
    const [all, few] = [plain, lean].map((f) => tapeCost(record(f)(weights).tape).bytesWritten);
    expect(all! / few!).toBeGreaterThan(3);
  });

  test("costs less than 1.4 times the operations of a training step", () => {
    // Every operation of the step, the sweep included, stands on the tape around it.
    const steps = [plain, lean].map((f) => record((ws: readonly AnyTensor[]) => grad(f)(ws))(weights).tape);
    const [all, more] = steps.map((tape) => tape.entries.length);
    const [flops, moreFlops] = steps.map((tape) => tapeCost(tape).flops);
    expect(more! / all!).toBeLessThan(1.4);
    expect(moreFlops! / flops!).toBeLessThan(1.4);
    expect(moreFlops! / flops!).toBeGreaterThan(1.1);
  });

  test("keeps what a policy picks, and does not compute that again", () => {
    const keeping = network(checkpoint(block, { keep: keepCostly }));
    const gradients = [plain, keeping].map((f) => grad(f)(weights) as readonly AnyTensor[]);
    gradients[0]!.forEach((gradient, i) => {
      expect(close(gradients[1]![i]!, gradient)).toBe(true);
    });
    const kept = [lean, keeping, plain].map((f) => tapeCost(record(f)(weights).tape).bytesWritten);
    expect(kept[0]).toBeLessThan(kept[1]!);
    expect(kept[1]).toBeLessThan(kept[2]!);
    const flops = [lean, keeping, plain].map(
      (f) => tapeCost(record((ws: readonly AnyTensor[]) => grad(f)(ws))(weights).tape).flops,
    );
    expect(flops[0]).toBeGreaterThan(flops[1]!);
    const ran = (f: typeof plain): number => {
      let count = 0;
      const counting = defineUnary<FloatUnary>({
        name: "counting",
        dtype: (dtype) => dtype as "float64",
        loop: (input, out) => {
          count++;
          out.set(input);
        },
        partial: () => 1,
        samples: [],
      });
      const counted = (keep: KeepPolicy) =>
        checkpoint((h: AnyTensor) => tanh(counting(mul(h, h))) as AnyTensor, { keep });
      grad((h: AnyTensor) => sum(counted(f === keeping ? () => true : () => false)(h)))(x);
      return count;
    };
    expect([ran(lean), ran(keeping)]).toEqual([2, 1]);
  });

  test("keeps and recomputes right at second order, and mapped", () => {
    for (const keep of [keepCostly, () => true, () => false]) {
      const layer = checkpoint(block, { keep });
      const [plainSecond, second] = [block, layer].map((f) =>
        grad((w: AnyTensor) => sum(mul(grad((v: AnyTensor) => sum(f(v, x)))(w), w)))(weights[0]!),
      ) as AnyTensor[];
      expect(close(second!, plainSecond!)).toBe(true);
      const each = (f: typeof block) =>
        vmap((row: AnyTensor) => grad((w: AnyTensor) => sum(f(w, row)))(weights[0]!) as AnyTensor)(x);
      expect(close(each(layer), each(block))).toBe(true);
      const over = (f: typeof block) =>
        grad((w: AnyTensor) => sum(vmap((row: AnyTensor) => f(w, row))(x)))(weights[0]!) as AnyTensor;
      expect(close(over(layer), over(block))).toBe(true);
    }
  });

  test("works forward, mapped, with trees and with several results", () => {
    const f = checkpoint((at: { a: AnyTensor; b: AnyTensor }) => ({ product: mul(at.a, at.b), sum: add(at.a, at.b) }));
    const at = { a: tensor([1, 2], f64) as AnyTensor, b: tensor([3, 4], f64) as AnyTensor };
    const one = { a: ones([2], f64), b: null } as never;
    const { tangent } = jvp(f)(at, one) as unknown as { tangent: Record<string, AnyTensor> };
    expect([tangent.product!.toArray(), tangent.sum!.toArray()]).toEqual([
      [3, 4],
      [1, 1],
    ]);
    const mapped = vmap((row: AnyTensor) =>
      grad((r: AnyTensor) => sum(checkpoint(tanh as (t: AnyTensor) => AnyTensor)(r)))(row),
    )(x);
    expect(close(mapped as AnyTensor, grad((r: AnyTensor) => sum(tanh(r)))(x) as AnyTensor)).toBe(true);
  });

  test("draws the same numbers when it runs again", () => {
    const dropped = (k: ReturnType<typeof key>, h: AnyTensor): AnyTensor =>
      where(bernoulli(k, 0.5, [4, 8]), mul(h, h), 0) as AnyTensor;
    const gradients = [dropped, checkpoint(dropped)].map(
      (f) => grad((h: AnyTensor) => sum(f(key(9), h)))(x) as AnyTensor,
    );
    expect(close(gradients[1]!, gradients[0]!)).toBe(true);
  });

  test("runs a function with a gradient of its own again, whose pull-back closes over values", () => {
    const own = customGradient((h: AnyTensor) => ({
      value: tanh(h),
      pullBack: (g) => mul(g, sub(1, mul(tanh(h), tanh(h)))),
    }));
    const at = tensor([0.3, 1], f64) as AnyTensor;
    for (const keep of [() => false, () => true]) {
      const f = (h: AnyTensor): AnyTensor => sum(checkpoint((y: AnyTensor) => own(y), { keep })(h)) as AnyTensor;
      const plain = (h: AnyTensor): AnyTensor => sum(tanh(h)) as AnyTensor;
      expect(close(grad(f)(at) as AnyTensor, grad(plain)(at) as AnyTensor)).toBe(true);
      expect(close(hessian(f)(at) as AnyTensor, hessian(plain)(at) as AnyTensor)).toBe(true);
      expect(
        close(record((h: AnyTensor) => grad(f)(h))(at).replay(at) as AnyTensor, grad(plain)(at) as AnyTensor),
      ).toBe(true);
      const looped = (h: AnyTensor): AnyTensor =>
        sum(
          scan((y: AnyTensor) => [checkpoint((z: AnyTensor) => own(z), { keep })(y), null], h, null, { length: 2 })[0],
        ) as AnyTensor;
      expect(close(grad(looped)(at) as AnyTensor, grad((h: AnyTensor) => sum(tanh(tanh(h))))(at) as AnyTensor)).toBe(
        true,
      );
    }
  });

  test("may close over what is being differentiated", () => {
    const f =
      (wrap: (g: (h: AnyTensor) => AnyTensor) => (h: AnyTensor) => AnyTensor) =>
      (w: AnyTensor): AnyTensor =>
        sum(wrap((h: AnyTensor) => tanh(matmul(h, w)) as AnyTensor)(matmul(x, w) as AnyTensor)) as AnyTensor;
    const [lean, plain] = [f((g) => checkpoint(g)), f((g) => g)].map((g) => grad(g)(weights[0]!) as AnyTensor);
    expect(close(lean!, plain!)).toBe(true);
  });

  test("refuses functions that read values, and what is no function", () => {
    expect(() => checkpoint((h: AnyTensor) => (h.item() === 0 ? h : tanh(h)))(tensor(1) as AnyTensor)).toThrow(
      "item: a float32 [] tensor has no value while a function is traced",
    );
    expect(() => checkpoint(3 as never)).toThrow("checkpoint: the argument is of type number; give a function");
    expect(() => checkpoint(block, { keep: ["gemm"] as never })).toThrow(
      "checkpoint: keep is of type object; give a function of an entry, such as keepCostly",
    );
  });
});
