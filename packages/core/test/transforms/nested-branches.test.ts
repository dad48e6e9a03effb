import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  checkpoint,
  cond,
  exp,
  greater,
  less,
  mul,
  type OpDef,
  record,
  relu,
  scan,
  sub,
  sum,
  tensor,
  whileLoop,
} from "../../src/index.ts";

const f64 = { dtype: "float64" } as const;

/** What the last entry of a function's tape decides. */
function decided(f: (x: AnyTensor) => AnyTensor, values: number[]): unknown[] {
  const { operation, inputs, outputs, attributes } = record(f)(tensor(values, f64) as AnyTensor).tape.entries.at(-1)!;
  const decisions = (operation as OpDef).branches!({ inputs, outputs, output: outputs[0]!, attributes });
  return decisions.map((decision) => decision.toArray());
}

describe("operations that hold programs decide what their programs decide", () => {
  const rectified = (x: AnyTensor): AnyTensor => mul(relu(sub(x, 1)), 2) as AnyTensor;
  const of = (x: number): unknown => decided((at) => relu(at) as AnyTensor, [x])[0];

  test("checkpoint", () => {
    expect(decided(checkpoint(rectified), [3, 0])).toEqual(decided((x) => relu(x) as AnyTensor, [2, -1]));
  });

  test("scan, at every step", () => {
    const f = (x: AnyTensor): AnyTensor => scan((h: AnyTensor) => [rectified(h), null], x, null, { length: 3 })[0];
    // 2.5 − 1 = 1.5, doubled 3; 3 − 1 = 2, doubled 4; 4 − 1 = 3.
    expect(decided(f, [2.5])).toEqual([[of(1), of(1), of(1)]]);
    expect(decided(f, [1.6])).toEqual([[of(1), of(1), of(-1)]]);
  });

  test("cond, of the branch that is taken", () => {
    const f = (x: AnyTensor): AnyTensor => cond(greater(sum(x), 0), rectified, (at) => exp(at) as AnyTensor, x);
    expect(decided(f, [3])).toEqual([of(2)]);
    expect(decided(f, [-3])).toEqual([[false]]);
    expect(decided(f, [0.5])).toEqual([of(-1)]);
  });

  test("cond within scan, at every step", () => {
    const f = (x: AnyTensor): AnyTensor =>
      scan((h: AnyTensor) => [cond(greater(sum(h), 2), rectified, (at) => mul(at, 2) as AnyTensor, h), null], x, null, {
        length: 3,
      })[0];
    // 1.2, doubled 2.4; 2.4 − 1 = 1.4, doubled 2.8; 2.8 − 1 = 1.8: whether each step compares, and what it then decides.
    expect(decided(f, [1.2])).toEqual([
      [false, true, true],
      [[false], [true], [true]],
    ]);
  });

  test("whileLoop: how many steps there are", () => {
    const f = (x: AnyTensor): AnyTensor =>
      whileLoop(
        (at: AnyTensor) => less(sum(at), 10),
        (at) => mul(at, 2),
        x,
      );
    expect([decided(f, [1]), decided(f, [3])]).toEqual([[4], [2]]);
  });
});
