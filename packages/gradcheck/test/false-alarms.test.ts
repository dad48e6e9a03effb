import {
  type AnyTensor,
  abs,
  add,
  concat,
  defineOp,
  div,
  foldIn,
  greater,
  type Key,
  key,
  log,
  matmul,
  max,
  mean,
  mul,
  normal,
  ones,
  relu,
  sin,
  sort,
  square,
  sub,
  sum,
  where,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { checkGradients } from "../src/index.ts";
import { f64 } from "./engine/context-for.ts";

const draw = (k: Key, i: number, shape: number[], scale = 1): AnyTensor =>
  mul(normal(foldIn(k, i), shape, f64), scale) as AnyTensor;

/** A kink that the definition does not name. */
const leaky = defineOp<(x: AnyTensor) => AnyTensor>({
  name: "leaky",
  infer: ([x]) => x!,
  forward: ([x]) => x!.data().map((value) => (value > 0 ? value : 0.1 * value)),
  vjp: [([g], { inputs: [x] }) => where(greater(x!, 0) as never, g!, mul(g!, 0.1)) as AnyTensor],
  samples: [],
});

type Case = (k: Key) => readonly [f: (at: never) => unknown, at: unknown];

const cases: Record<string, Case> = {
  "((x + 1e6) − 1e6)²": (k) => [(x: AnyTensor) => square(sub(add(x, 1e6), 1e6)), draw(k, 0, [3, 4])],
  "((x + 1e6) − 1e6)² of a scalar": (k) => [(x: AnyTensor) => square(sub(add(x, 1e6), 1e6)), draw(k, 0, [])],
  "a network with kinks": (k) => {
    const x = draw(k, 9, [8, 4]);
    type Model = Record<"w" | "b" | "v", AnyTensor>;
    const f = ({ w, b, v }: Model): unknown => mean(square(matmul(relu(add(matmul(x, w), b)), v)));
    return [f, { w: draw(k, 1, [4, 16]), b: draw(k, 2, [16], 0.1), v: draw(k, 3, [16, 3]) }];
  },
  "kinks within every stencil": (k) => [(x: AnyTensor) => relu(x), concat([draw(k, 1, [40], 1e-3), draw(k, 2, [9])])],
  "a point on a kink": (k) => [(x: AnyTensor) => abs(x), concat([draw(k, 1, [2], 0), draw(k, 2, [3])])],
  "maxima that tie": (k) => [(x: AnyTensor) => max(x), concat([ones([2], f64) as AnyTensor, draw(k, 2, [3], 0.1)])],
  "orders that nearly change": (k) => [(x: AnyTensor) => sort(x)[0], concat([draw(k, 1, [4], 1e-4), draw(k, 2, [3])])],
  "a kink that nobody names": (k) => [leaky as (x: never) => unknown, concat([draw(k, 1, [1], 1e-3), draw(k, 2, [5])])],
  "a function that goes to and fro": (k) => [(x: AnyTensor) => sin(mul(x, 1e4)), draw(k, 1, [6])],
  "elements near a pole": (k) => [(x: AnyTensor) => div(1, x), draw(k, 1, [50])],
  "elements near the end of a domain": (k) => [(x: AnyTensor) => log(square(x)), draw(k, 1, [20], 1e-3)],
  "tiny and huge numbers": (k) => [
    ({ a, b }: Record<"a" | "b", AnyTensor>) => [square(a), sum(square(b))],
    { a: draw(k, 1, [3], 1e-100), b: draw(k, 2, [3], 1e100) },
  ],
};

const RUNS = 25;

test.each(Object.entries(cases))("%s: a right gradient passes", (_, make) => {
  for (const order of [1, 2] as const) {
    for (let seed = 0; seed < RUNS; seed++) {
      const [f, at] = make(key(seed));
      const report = checkGradients(f, at as never, { order, key: seed });
      expect(report.verdict, `seed ${seed}, order ${order}: ${report}`).toBe("pass");
    }
  }
});

test("where rounding leaves nothing to compare, that is said", () => {
  for (const size of [1e12, 1e13, 1e14, 1e16]) {
    for (let seed = 0; seed < RUNS; seed++) {
      const f = (x: AnyTensor): AnyTensor => sub(add(x, size), size) as AnyTensor;
      const report = checkGradients(f, draw(key(seed), 0, [5]), { key: seed });
      expect(report.verdict, `seed ${seed}: ${report}`).toBe("inconclusive");
    }
  }
});
