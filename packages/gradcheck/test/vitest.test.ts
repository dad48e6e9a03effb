import { type AnyTensor, add, customGradient, exp, mul, ones, sub, sum, tensor } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import "../src/vitest.ts";

const x = tensor([0.1, 0.2, 0.3], { dtype: "float64" }) as AnyTensor;
const right = (at: AnyTensor): AnyTensor => sum(exp(at)) as AnyTensor;
const wrongExp = customGradient((at: AnyTensor) => {
  const value = exp(at) as AnyTensor;
  return { value, pullBack: (g: AnyTensor) => mul(mul(g, value), 1.001) as AnyTensor };
}) as (at: AnyTensor) => AnyTensor;
const wrong = (at: AnyTensor): AnyTensor => sum(wrongExp(at)) as AnyTensor;
/** What is left of x is hardly larger than its rounding errors. */
const lost = (at: AnyTensor): AnyTensor => sum(sub(add(mul(at, 1e-6), 1e6), 1e6)) as AnyTensor;

/** The message of a failed expectation. */
function messageOf(body: () => void): string {
  try {
    body();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the expectation held");
}

describe("toHaveCorrectGradients", () => {
  test("holds for a right gradient, of a tree too, at both orders", () => {
    expect(right).toHaveCorrectGradients(x);
    expect(right).toHaveCorrectGradients(x, { order: 2 });
    const tree = ({ w, b }: { w: AnyTensor; b: AnyTensor }) => sum(exp(mul(w, b)));
    expect(tree).toHaveCorrectGradients({ w: ones([2, 3], { dtype: "float64" }), b: x });
  });

  test("fails for a wrong gradient, with the name of the function and the report", () => {
    const message = messageOf(() => expect(wrong).toHaveCorrectGradients(x));
    expect(message).toMatch(/^expected wrong to have correct gradients\n\n/);
    expect(message).toMatch(/fail/);
    expect(messageOf(() => expect((at: AnyTensor) => wrong(at)).toHaveCorrectGradients(x))).toMatch(
      /^expected the function/,
    );
  });

  test("can be turned around", () => {
    expect(wrong).not.toHaveCorrectGradients(x);
    expect(messageOf(() => expect(right).not.toHaveCorrectGradients(x))).toMatch(/^expected right not to have/);
  });

  test("fails both ways where nothing can be told", () => {
    expect(messageOf(() => expect(lost).toHaveCorrectGradients(x))).toMatch(/inconclusive/);
    expect(messageOf(() => expect(lost).not.toHaveCorrectGradients(x))).toMatch(/inconclusive/);
  });

  test("refuses what is no function", () => {
    expect(() => expect(right(x) as unknown as typeof right).toHaveCorrectGradients(x)).toThrow(
      "toHaveCorrectGradients: what is expected is of type object; write expect(f).toHaveCorrectGradients(at), without calling f",
    );
  });
});
