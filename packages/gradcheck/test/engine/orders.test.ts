import {
  type AnyTensor,
  add,
  customGradient,
  defineOp,
  exp,
  key,
  mul,
  type OpDef,
  sin,
  square,
  stopGradient,
  sub,
  sum,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import type { Mode } from "../../src/engine/context.ts";
import type { Examination } from "../../src/engine/examine.ts";
import { examineOrders, type OrdersOptions } from "../../src/engine/orders.ts";
import { Thrown } from "../../src/engine/runs.ts";
import { subjectOf } from "../../src/engine/subject.ts";
import { double } from "./context-for.ts";

const options: OrdersOptions = {
  order: 3,
  directions: 1,
  modes: new Set<Mode>(["numeric", "forward", "reverse"]),
  budget: 400,
  key: key(1),
  explain: false,
  cotangents: null,
  gradient: null,
};

function examined(f: (x: AnyTensor) => unknown, own: Partial<OrdersOptions> = {}): Examination[] {
  const examinations: Examination[] = [];
  examineOrders(subjectOf(f, double([0.5, 1.5])), { ...options, ...own }, examinations);
  return examinations;
}

const kinds = (all: readonly Examination[]): string[] =>
  all.flatMap(({ context }) => context.problems.map(({ kind }) => kind));

test("each order is that of the pull-back of the one before", () => {
  const all = examined((x) => sum(mul(x, sin(x))));
  expect(all.map(({ findings }) => findings.length)).toEqual([1, 2, 3]);
  expect(kinds(all)).toEqual([]);
});

test("ends where something is wrong, or lost in noise", () => {
  const wrong = (factor: (x: AnyTensor) => AnyTensor) =>
    customGradient((x: AnyTensor) => ({ value: exp(x), pullBack: (g) => mul(g, factor(x)) }));
  expect(examined((x) => sum(wrong((y) => mul(exp(y), 2) as AnyTensor)(x)))).toHaveLength(1);
  expect(examined((x) => sum(wrong((y) => stopGradient(exp(y)) as AnyTensor)(x)))).toHaveLength(2);
  expect(examined((x) => square(sub(x.add(1e13 as never), 1e13)))).toHaveLength(1);
});

test("what shows only where a function stands twice ends it, too", () => {
  let uses = 0;
  const { definition } = exp as unknown as { definition: OpDef };
  const first = defineOp<(at: AnyTensor) => AnyTensor>({
    ...definition,
    // Right until the cotangents have been pulled back.
    vjp: [([g], { output }) => (++uses > 2 ? mul(g!, 0) : mul(g!, output)) as AnyTensor],
  });
  const all = examined((x) => sum(first(x)));
  expect(kinds(all)).toEqual(["accumulation"]);
  expect(all).toHaveLength(1);
});

test("without reverse mode there is one order, of a function that must be repeatable", () => {
  const modes = new Set<Mode>(["numeric", "forward"]);
  expect(examined((x) => sum(exp(x)), { modes })).toHaveLength(1);
  let calls = 0;
  expect(kinds(examined((x) => add(sum(exp(x)), ++calls === 1 ? 0 : 1), { modes }))).toEqual(["randomness"]);
});

test("what was examined stays known if the function throws later", () => {
  const examinations: Examination[] = [];
  let calls = 0;
  const f = (x: AnyTensor): AnyTensor => {
    if (++calls > 6) throw new RangeError("no");
    return sum(mul(x, Number(sum(exp(x)).item()) * 0 + 2)) as AnyTensor;
  };
  try {
    examineOrders(subjectOf(f, double([0.5, 1.5])), { ...options, order: 2 }, examinations);
  } catch (error) {
    expect(error).toBeInstanceOf(Thrown);
  }
  expect(examinations.length).toBeGreaterThan(0);
});
