import { expect, test } from "vitest";
import {
  add,
  compile,
  conv2d,
  gelu,
  key,
  matmul,
  mul,
  normal,
  relu,
  setThreads,
  sub,
  type Tensor,
  tanh,
} from "../../src/index.ts";
import { useMachine } from "../../src/kernels/active.ts";
import { sameBits } from "../kernels/same-bits.ts";

const largest = (a: Tensor, b: Tensor): number => {
  const y = b.data();
  return Array.from(a.data(), (value, i) => Math.abs(value - y[i]!)).reduce((most, apart) => Math.max(most, apart), 0);
};
/** What runs in one unit with a kernel. */
const together = (program: {
  explanation: () => { units: readonly { way: string; operations: readonly string[] }[] };
}): string[] =>
  program
    .explanation()
    .units.filter(({ way }) => way === "kernels")
    .map(({ operations }) => operations.join(" "));

test("a bias and an activation go on with the parts of a convolution", () => {
  const [x, w, b] = [normal(key(1), [6, 8, 12, 12]), normal(key(2), [16, 8, 3, 3]), normal(key(3), [16])];
  const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor => relu(conv2d(x, w, b)) as Tensor;
  const program = compile(layer);
  expect(largest(program(x, w, b), layer(x, w, b))).toBeLessThan(1e-5);
  expect(together(program)).toEqual(["convolve add relu"]);
});

test("so do they with parts of a product, for every number of threads, with the same bits", async () => {
  const [x, w, b] = [normal(key(1), [2000, 200]), normal(key(2), [200, 100]), normal(key(3), [100])];
  const layer = (x: Tensor, w: Tensor, b: Tensor): Tensor => gelu(add(matmul(x, w), b)) as Tensor;
  setThreads(1);
  const alone = compile(layer)(x, w, b).data();
  setThreads(3);
  await expect.poll(() => useMachine()!.tasks.count, { timeout: 20_000 }).toBe(3);
  const program = compile(layer);
  for (let i = 0; i < 10; i++) expect(sameBits(program(x, w, b).data(), alone)).toBe(true);
  expect(together(program)).toEqual(["gemm add geluExact"]);
  setThreads(1);
  expect(sameBits(program(x, w, b).data(), alone)).toBe(true);
});

test("an operand of the kernel is not written over while chunks still read it", () => {
  const [x, w] = [normal(key(1), [512, 256]), normal(key(2), [256, 256])];
  // x − tanh(x·w): the difference may lie where the product did, but not where x does.
  const f = (x: Tensor, w: Tensor): Tensor => {
    const start = mul(x, 2) as Tensor;
    return sub(start, tanh(matmul(start, w))) as Tensor;
  };
  setThreads(2);
  const program = compile(f);
  for (let i = 0; i < 5; i++) expect(largest(program(x, w), f(x, w))).toBeLessThan(1e-4);
  setThreads(1);
});
