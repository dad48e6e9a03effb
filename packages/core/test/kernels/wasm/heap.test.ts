import { expect, test } from "vitest";
import { Heap } from "../../../src/kernels/wasm/heap.ts";
import { Regions } from "../../../src/kernels/wasm/regions.ts";
import { engine } from "../../../src/wasm/engine.ts";

const heapOf = (): Heap => new Heap(new Regions(new engine.Memory({ initial: 1 })));
const read = (heap: Heap, address: number, length: number): number[] => [
  ...new Float32Array(heap.memory.buffer, address, length),
];

test("what was placed is found again, until it has been overwritten", () => {
  const heap = heapOf();
  const x = Float32Array.of(1, 2, 3);
  heap.begin(1, x.byteLength);
  const address = heap.place(x);
  expect(read(heap, address, 3)).toEqual([1, 2, 3]);
  heap.begin(1, x.byteLength);
  expect(heap.place(x)).toBe(address);
  // A ring of 4 MB: five more megabytes pass over it.
  for (let i = 0; i < 5; i++) {
    heap.begin(1, 1 << 20);
    heap.clear(heap.reserve(1 << 20), 1 << 20);
  }
  heap.begin(1, x.byteLength);
  expect(read(heap, heap.place(x), 3)).toEqual([1, 2, 3]);
});

test("a result that was taken need not be placed", () => {
  const heap = heapOf();
  heap.begin(1, 16);
  const address = heap.reserve(16);
  new Float32Array(heap.memory.buffer, address, 4).set([4, 5, 6, 7]);
  const out = new Float32Array(4);
  heap.take(address, out);
  expect([...out]).toEqual([4, 5, 6, 7]);
  heap.begin(1, 16);
  expect(heap.place(out)).toBe(address);
});

test("operands of one call do not overwrite one another, however many and large they are", () => {
  const heap = heapOf();
  for (let round = 0; round < 40; round++) {
    const arrays = Array.from({ length: 5 }, (_, i) =>
      new Float32Array(1000 + 37_000 * ((round * 5 + i) % 7)).fill(round * 10 + i),
    );
    const kept = arrays.slice(0, 2);
    heap.begin(
      2,
      kept.reduce((sum, { byteLength }) => sum + byteLength, 0),
    );
    for (const array of kept) heap.place(array);
    heap.begin(
      arrays.length,
      arrays.reduce((sum, { byteLength }) => sum + byteLength, 0),
    );
    const addresses = arrays.map((array) => heap.place(array));
    arrays.forEach((array, i) => {
      const inside = new Float32Array(heap.memory.buffer, addresses[i]!, array.length);
      expect([inside[0], inside.at(-1)]).toEqual([array[0], array[0]]);
    });
  }
});

test("the heap grows with what a call needs, and what was there before is placed anew", () => {
  const heap = heapOf();
  const [small, large] = [Float32Array.of(9), new Float32Array(3_000_000).fill(2)];
  heap.begin(1, 4);
  heap.place(small);
  heap.begin(2, small.byteLength + large.byteLength);
  const [first, second] = [heap.place(small), heap.place(large)];
  expect([read(heap, first, 1), read(heap, second + 4 * 2_999_999, 1)]).toEqual([[9], [2]]);
});
