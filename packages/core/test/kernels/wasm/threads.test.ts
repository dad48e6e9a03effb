import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Storage } from "../../../src/dtype.ts";
import { KernelError } from "../../../src/errors.ts";
import { acceleratedKernels } from "../../../src/kernels/wasm/index.ts";
import { startMachine } from "../../../src/kernels/wasm/machine.ts";
import { Regions } from "../../../src/kernels/wasm/regions.ts";
import { Threads } from "../../../src/kernels/wasm/threads.ts";
import { reducedShape, sizeOf } from "../../../src/shape.ts";
import { engine } from "../../../src/wasm/engine.ts";
import { oneProduct } from "../arbitraries.ts";
import { sameBits } from "../same-bits.ts";
import { always } from "./always.ts";

/** Numbers that are the same each time. */
const filled = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233));

/** One of each kernel that several threads share. */
function results(kernels: ReturnType<typeof acceleratedKernels>): Storage[] {
  const made: Storage[] = [];
  const out = (length: number): Float32Array => {
    const array = new Float32Array(length);
    made.push(array);
    return array;
  };
  for (const [m, n, k] of [
    [300, 200, 150],
    [97, 500, 600],
  ] as const) {
    kernels.matmul(filled(m * k, 1), filled(k * n, 2), out(m * n), oneProduct(m, n, k, false, true));
  }
  // Small matrices are shared as they are.
  for (const [batch, n] of [
    [50, 64],
    [3, 130],
  ] as const) {
    const [a, b] = [filled(batch * n * n, 1), filled(n * n, 2)];
    const offsets = Array.from({ length: batch }, (_, i) => i * n * n);
    kernels.matmul(a, b, out(batch * n * n), {
      ...oneProduct(n, n, n),
      aOffsets: offsets,
      bOffsets: offsets.map(() => 0),
    });
  }
  const plan = {
    batch: 20,
    groups: 2,
    inChannels: 3,
    outChannels: 5,
    input: [1, 12, 12],
    kernel: [1, 3, 3],
    output: [1, 12, 12],
    strides: [1, 1, 1],
    dilation: [1, 1, 1],
    before: [0, 1, 1],
  };
  const [x, w, y] = [filled(20 * 6 * 144, 3), filled(10 * 3 * 9, 4), filled(20 * 10 * 144, 5)];
  kernels.convolve(x, w, out(y.length), plan);
  kernels.convolveInput(y, w, out(x.length), plan);
  kernels.convolveKernel(x, y, out(w.length), plan);
  // Enough channels for minimal filtering.
  const minimal = { ...plan, groups: 1, inChannels: 16, outChannels: 20 };
  const [image, weights, gradient] = [filled(20 * 16 * 144, 3), filled(20 * 16 * 9, 4), filled(20 * 20 * 144, 5)];
  kernels.convolve(image, weights, out(gradient.length), minimal);
  kernels.convolveInput(gradient, weights, out(image.length), minimal);
  kernels.convolveKernel(image, gradient, out(weights.length), minimal);
  kernels.unary("tanh", () => {}, filled(100_000, 6), out(100_000));
  kernels.randomUniform(Int32Array.of(7, 8), out(200_001));
  kernels.randomNormal(Int32Array.of(7, 8), out(50_001));
  const chosen = new Int32Array(3000);
  kernels.argReduce("max", filled(300_000, 14), 3000, 100, 1, chosen);
  made.push(chosen);
  kernels.oneHot(chosen, 100, out(300_000));
  const windows = { starts: Int32Array.of(0, 2, 4, 6, 8, 10), ends: Int32Array.of(2, 4, 6, 8, 10, 12), step: 1 };
  const positions = new Int32Array(out(800 * 36).length);
  const depth = { starts: Int32Array.of(0), ends: Int32Array.of(1), step: 1 };
  const pool = { planes: 800, input: [1, 12, 12], windows: [depth, windows, windows] as const };
  kernels.maxPool(filled(800 * 144, 7), pool, made.at(-1)!, positions);
  made.push(positions);
  for (const [shape, axes] of [
    [[300_000], [0]],
    [[3000, 70], [1]],
    [[70_000, 5], [0]],
    [
      [40, 9, 500],
      [0, 2],
    ],
  ]) {
    const length = reducedShape(shape!, axes!, false);
    kernels.reduce("sum", filled(sizeOf(shape!), 8), shape!, axes!, out(sizeOf(length)));
  }
  for (const [outer, length, inner] of [
    [1000, 61, 1],
    [30, 50, 21],
  ] as const) {
    const size = outer * length * inner;
    const [a, b] = [filled(size, 9), filled(size, 10)];
    kernels.softmax(false, a, outer, length, inner, out(size));
    kernels.softmax(true, a, outer, length, inner, out(size));
    kernels.softmaxJacobian(a, b, outer, length, inner, out(size));
  }
  const [rows, tangents, scales] = [filled(900 * 65, 11), filled(900 * 65, 12), out(900)];
  kernels.standardize(rows, 1, 65, 1e-5, out(rows.length), scales);
  kernels.standardizeJacobian(rows, scales, tangents, 1, 65, out(rows.length));
  kernels.standardize(rows, 9, 650, 1e-5, out(rows.length), scales.subarray(0, 10));
  kernels.stridedRead(filled(300 * 401, 13), 0, [1, 300], [300, 401], out(300 * 401));
  kernels.stridedRead(filled(30 * 40 * 100, 14), 0, [100, 3000, 1], [30, 40, 100], out(30 * 40 * 100));
  return made;
}

const same = (a: readonly Storage[], b: readonly Storage[]): boolean => a.every((array, i) => sameBits(array, b[i]!));

test("results do not depend on how many threads there are, to the last bit", async () => {
  const machine = startMachine()!;
  const kernels = acceleratedKernels(() => machine, always);
  const alone = results(kernels);
  for (const count of [2, 3]) {
    machine.tasks.limit(count);
    await expect.poll(() => machine.tasks.count, { timeout: 20_000 }).toBe(count);
    for (let i = 0; i < 6; i++) expect(same(results(kernels), alone)).toBe(true);
  }
  machine.tasks.limit(1);
  expect(machine.tasks.count).toBe(1);
  expect(same(results(kernels), alone)).toBe(true);
});

test("memory that is not shared has one thread, whatever is asked for", () => {
  const machine = startMachine({ shared: false })!;
  machine.tasks.limit(4);
  expect(machine.tasks.count).toBe(1);
});

test("a worker that does not come back is an error that says so, and the end of handing out work", () => {
  const regions = new Regions(new engine.Memory({ initial: 1 }));
  const caller = { fork: () => 0, finish: () => 0 };
  const threads = new Threads({}, regions, 64, caller, ["gemm_4"], 20);
  expect(() => threads.run("gemm_4", 2, [])).toThrow(KernelError);
  expect(() => threads.run("gemm_4", 2, [])).toThrow(
    "gemm_4: a worker did not come back with its part; run the call again: from now on one thread does the work",
  );
  expect(threads.count).toBe(1);
});

test("workers do not keep a process alive", () => {
  const script = fileURLToPath(new URL("../../scripts/threads.ts", import.meta.url));
  const printed = execFileSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8", timeout: 60_000 });
  expect(printed.trim()).toBe("2 threads, done");
});
