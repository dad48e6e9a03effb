import {
  type AnyTensor,
  add,
  customGradient,
  exp,
  matmul,
  mean,
  mul,
  neg,
  slice,
  sum,
  tensor,
  transpose,
} from "@tapegrad/core";
import { expect, test } from "vitest";
import { diagnose } from "../../src/engine/diagnose.ts";
import { drawDirection } from "../../src/engine/directions.ts";
import { measureAt } from "../../src/engine/measure.ts";
import { Reverse } from "../../src/engine/references.ts";
import { numericOf } from "../../src/engine/trial.ts";
import { contextFor, double, wrongBy } from "./context-for.ts";

/** What is said of the gradient of a function of one tensor. */
function diagnosis(f: (x: AnyTensor) => AnyTensor, at: AnyTensor, weights?: number[]): string | null {
  const context = contextFor(f, at, weights === undefined ? {} : { weights });
  const known = [0, 1].map(() => {
    const direction = drawDirection(context.runs.x, context.scales, context.precision, context.nextKey());
    const line = measureAt(context.runs, direction, context.step)!;
    return { direction, numeric: numericOf(context, line, context.cotangents[0]!) };
  });
  return diagnose(context, context.runs.subject.inputs[0]!, known, new Reverse(context.runs));
}

type PullBack = (g: AnyTensor, x: AnyTensor) => unknown;
const custom = (value: (x: AnyTensor) => AnyTensor, pullBack: PullBack): ((x: AnyTensor) => AnyTensor) =>
  customGradient((x: AnyTensor) => ({ value: value(x), pullBack: (g) => pullBack(g, x) as AnyTensor }));

const x = double([
  [0.3, -1.2],
  [0.5, 0.7],
]);
const rows = tensor(
  [
    [1, 2],
    [3, 4],
    [5, 7],
  ],
  { dtype: "float64" },
) as AnyTensor;

test("a right gradient has no diagnosis", () => {
  expect(diagnosis((at) => exp(at), x)).toBeNull();
});

test("a common factor", () => {
  expect(diagnosis((at) => exp(wrongBy(4)(at)), x)).toBe("it is 4 times what it should be");
  expect(diagnosis((at) => exp(wrongBy(1.0001)(at)), x)).toBe("it is 1.0001 times what it should be");
  expect(diagnosis((at) => exp(wrongBy(1 / 7)(at)), x)).toBe("it is 1/7 of what it should be");
});

test("the sign", () => {
  expect(
    diagnosis(
      custom(exp, (g, at) => neg(mul(g, exp(at)))),
      x,
    ),
  ).toBe("the sign is wrong");
});

test("nothing that arrives", () => {
  expect(
    diagnosis(
      custom(exp, (g) => mul(g, 0)),
      x,
    ),
  ).toBe("no gradient arrives: it is 0 everywhere");
});

test("a mean where a sum belongs", () => {
  const bias = custom(
    (b) => add(rows, b) as AnyTensor,
    (g) => mean(g, 0),
  );
  expect(diagnosis(bias, double([1, 2]), [1, 2, 3, -4, 5, 0.5])).toBe(
    "it is 1/3 of what it should be, as if it were averaged over an axis of length 3 instead of summed",
  );
});

test("a sum over a broadcast axis that is missing", () => {
  const missing = (kept: number): string | null =>
    diagnosis(
      custom(
        (b) => add(rows, b) as AnyTensor,
        (g) => slice(g, [kept]),
      ),
      double([1, 2]),
      [1, 2, 3, -4, 5, 0.5],
    );
  expect(missing(0)).toBe(
    "only the first slice along axis 0 of the result counts: a sum over the broadcast axis is missing",
  );
  expect(missing(2)).toBe(
    "only the last slice along axis 0 of the result counts: a sum over the broadcast axis is missing",
  );
});

test("a transpose", () => {
  const right = transpose(rows) as AnyTensor;
  const product = custom(
    (w) => matmul(w, right) as AnyTensor,
    (g) => transpose(matmul(g, rows)),
  );
  expect(diagnosis(product, x, [1, 2, 3, -4, 5, 0.5])).toBe(
    "axes 0 and 1 are exchanged: it is the transpose of what it should be",
  );
});

test("elements in the wrong order", () => {
  const scrambled = custom(
    (at) => exp(at),
    (g, at) => {
      const right = mul(g, exp(at)).data();
      // What a transpose holds, taken for what it is the transpose of.
      const elements = [0, 2, 4, 1, 3, 5].map((i) => right[i]!);
      return tensor(elements, { shape: [3, 2], dtype: "float64" });
    },
  );
  const weights = [1, 2, 3, -4, 5, 0.5];
  expect(diagnosis((at) => scrambled(mul(at, 0.3)), rows, weights)).toBe(
    "axes 0 and 1 are exchanged, and the elements read in the wrong order",
  );
});

test("a term of several that is missing, or overwritten", () => {
  const square = custom(
    (at) => mul(at, exp(at)) as AnyTensor,
    (g, at) => mul(g, exp(at)),
  );
  expect(diagnosis((at) => sum(square(at)) as AnyTensor, x)).toMatch(
    /^it is that of one use of 2 alone, in entry 1 \(mul\) of the function as it is written: overwritten/,
  );
});
