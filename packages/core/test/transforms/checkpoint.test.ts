import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  add,
  allClose,
  bernoulli,
  checkpoint,
  grad,
  jvp,
  key,
  matmul,
  mul,
  normal,
  ones,
  record,
  sum,
  type Tape,
  tanh,
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

/** Elements that the entries of a tape hold on to. */
const kept = (tape: Tape): number =>
  tape.entries.reduce((total, entry) => total + entry.outputs.reduce((size, output) => size + output.size, 0), 0);

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
    const [all, few] = [plain, lean].map((f) => kept(record(f)(weights).tape));
    expect(all! / few!).toBeGreaterThan(3);
  });

  test("costs less than 1.4 times the operations of a training step", () => {
    const operations = (f: typeof plain): number => {
      let count = 0;
      // Every operation of the step, the sweep included, stands on the tape around it.
      const { tape } = record((ws: readonly AnyTensor[]) => grad(f)(ws))(weights);
      count += tape.entries.length;
      return count;
    };
    expect(operations(lean) / operations(plain)).toBeLessThan(1.4);
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

  test("refuses to close over what is being differentiated", () => {
    const f = (w: AnyTensor): AnyTensor => sum(checkpoint((h: AnyTensor) => matmul(h, w))(matmul(x, w))) as AnyTensor;
    expect(() => grad(f)(weights[0]!)).toThrow(
      /closes over a tensor that is being differentiated, and gives it to gemm/,
    );
  });
});
