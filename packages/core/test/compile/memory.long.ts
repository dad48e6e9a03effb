import { expect, test } from "vitest";
import { settings } from "../../src/compile/settings.ts";
import { type AnyTensor, add, compile, mul, sum, tensor } from "../../src/index.ts";

test("100,000 steps of a program need no more memory than 10,000", () => {
  const step = compile((w: AnyTensor, x: AnyTensor) => ({ w: add(mul(w, 0.9), x), loss: sum(w) }), { donate: [0] });
  let w = tensor(Array(256).fill(0)) as AnyTensor;
  const x = tensor(Array(256).fill(1));
  const run = (steps: number): [heap: number, machine: number] => {
    for (let i = 0; i < steps; i++) ({ w } = step(w, x));
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return [heapUsed + arrayBuffers, settings.machine()!.heap.memory.buffer.byteLength];
  };
  const [before, machineBefore] = run(10_000);
  const [after, machineAfter] = run(90_000);
  expect(machineAfter).toBe(machineBefore);
  // What the collector has not come to yet is not held.
  expect(after - before).toBeLessThan(64e6);
  expect(step.traces).toHaveLength(1);
});

test("programs that are let go of give their memory back", () => {
  const f = compile((x: AnyTensor) => mul(add(x, 1) as AnyTensor, 2) as AnyTensor, { cacheSize: 2 });
  const bytes = (): number => settings.machine()!.heap.memory.buffer.byteLength;
  for (let n = 1; n <= 50; n++) f(tensor(Array(1000 + n).fill(1)));
  const before = bytes();
  for (let n = 1; n <= 500; n++) f(tensor(Array(1000 + n).fill(1)));
  expect(bytes()).toBe(before);
});
