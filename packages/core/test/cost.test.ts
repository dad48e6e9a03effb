import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abstract,
  checkpoint,
  cond,
  convolve,
  exp,
  greater,
  matmul,
  mul,
  ones,
  printCost,
  record,
  reshape,
  scan,
  solve,
  sum,
  tapeCost,
  tensor,
  transpose,
  whileLoop,
} from "../src/index.ts";

const costOf = (f: (x: AnyTensor) => AnyTensor, x: AnyTensor) => tapeCost(record(f)(x).tape);

describe("tapeCost", () => {
  test.each<[string, (x: AnyTensor) => AnyTensor, AnyTensor, number, number, number]>([
    [
      "a product of matrices",
      (x) => matmul(x, ones([3, 4])),
      ones([2, 3]) as AnyTensor,
      2 * 2 * 3 * 4,
      4 * (6 + 12),
      4 * 8,
    ],
    ["an elementwise operation", (x) => exp(x), ones([2, 3], { dtype: "float64" }) as AnyTensor, 6, 48, 48],
    ["a comparison", (x) => greater(x, 0), ones([2, 3]) as AnyTensor, 6, 28, 6],
    ["a sum", (x) => sum(x), ones([2, 3]) as AnyTensor, 6, 24, 4],
    ["a movement of data", (x) => transpose(x), ones([2, 3]) as AnyTensor, 0, 24, 24],
    ["a view", (x) => reshape(x, [6]), ones([2, 3]) as AnyTensor, 0, 24, 0],
    [
      "a convolution",
      (x) => convolve(x, ones([5, 2, 3])),
      ones([1, 2, 6]) as AnyTensor,
      2 * 5 * 4 * 2 * 3,
      4 * (12 + 30),
      4 * 20,
    ],
  ])("of %s", (_, f, x, flops, bytesRead, bytesWritten) => {
    const { entries: _entries, ...sums } = costOf(f, x);
    expect(sums).toEqual({ flops: expect.closeTo(flops, 9), bytesRead, bytesWritten });
  });

  test("of a linear system, which two casts go before", () => {
    const { flops, bytesRead, bytesWritten } = costOf((x) => solve(x, x), ones([3, 3]) as AnyTensor).entries.at(-1)!;
    expect([flops, bytesRead, bytesWritten]).toEqual([expect.closeTo(18 + 54, 9), 72, 36]);
  });

  test("is that of a concrete tape on abstract values", () => {
    const f = (x: AnyTensor): AnyTensor => sum(exp(matmul(x, x)));
    const [concrete, planned] = [ones([3, 3]) as AnyTensor, abstract([3, 3], "float32") as AnyTensor].map((x) =>
      costOf(f, x),
    );
    expect(planned!.flops).toBe(concrete!.flops);
    expect(planned!.bytesWritten).toBe(concrete!.bytesWritten);
  });

  test("counts the steps of a loop, the dearer branch, and a step of a loop of unknown length", () => {
    const x = ones([2, 2]) as AnyTensor;
    expect(costOf((a) => scan((c: AnyTensor) => [matmul(c, c), null], a, null, { length: 5 })[0], x).flops).toBe(
      5 * 16,
    );
    expect(
      costOf(
        (a) =>
          cond(
            true,
            (b) => matmul(b, b),
            (b) => mul(b, 2),
            a,
          ),
        x,
      ).flops,
    ).toBe(16);
    expect(
      costOf(
        (a) =>
          whileLoop(
            (c: AnyTensor) => greater(c, 2),
            (c) => mul(c, 0.5),
            a,
          ),
        tensor(5) as AnyTensor,
      ).flops,
    ).toBe(2);
    const nested = costOf((a) => checkpoint((b: AnyTensor) => exp(matmul(b, b)))(a), x);
    expect([nested.flops, nested.bytesWritten, nested.entries[0]!.programs[0]!.cost.bytesWritten]).toEqual([
      20, 16, 32,
    ]);
  });
});

test("printCost shows a line for each operation, nested ones indented, and the sums", () => {
  const step = (c: AnyTensor): [AnyTensor, null] => [exp(matmul(c, c)), null];
  const f = (a: AnyTensor): AnyTensor => sum(scan(step, a, null, { length: 3 })[0]);
  expect(printCost(costOf(f, ones([2, 2]) as AnyTensor)).split("\n")).toEqual([
    "operation     flops  bytes read  bytes written",
    "scan             60          16             64",
    "  body, once     20          48             32",
    "    gemm         16          32             16",
    "    exp           4          16             16",
    "sum               4          16              4",
    "total            64          32             68",
  ]);
});
