import type { Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { Kernels, PoolPlan, PoolWindows } from "../kernels.ts";
import { reference } from "../reference/index.ts";
import type { Machine } from "./machine.ts";

/** Elements of x in a chunk, if there are not more in a plane. */
const CHUNK = 1 << 15;
/** Fewer windows are not worth a vector. */
const LANES = 4;

/** Max pooling, with the reference for all but float32. */
export function poolingKernels(machine: (size: number) => Machine | null): Pick<Kernels, "maxPool"> {
  return {
    maxPool(x, plan, values, positions) {
      const own = x instanceof Float32Array && values.length > 0 ? machine(x.length) : null;
      if (own === null) reference.maxPool(x, plan, values, positions);
      else maxPool(own, x, plan, values, positions);
    },
  };
}

/** The longest run of neighbours that are the same but for their place, 1 or 2 positions from one to the next. */
export function evenRun({ starts, ends }: PoolWindows): { from: number; to: number; stride: 1 | 2 } {
  let longest: { from: number; to: number; stride: 1 | 2 } = { from: 0, to: 0, stride: 1 };
  for (const stride of [1, 2] as const) {
    for (let from = 0, to = 1; to <= starts.length; to++) {
      if (to < starts.length && starts[to]! - starts[to - 1]! === stride && ends[to]! - ends[to - 1]! === stride)
        continue;
      if (to - from > longest.to - longest.from) longest = { from, to, stride };
      from = to;
    }
  }
  return longest.to - longest.from < LANES ? { from: 0, to: 0, stride: 1 } : longest;
}

function maxPool({ heap, tasks }: Machine, x: Storage, plan: PoolPlan, values: Storage, positions: Int32Array): void {
  const { planes, input, windows } = plan;
  const tables = windows.flatMap(({ starts, ends }) => [starts, ends]);
  const bytes = tables.reduce((sum, { byteLength }) => sum + byteLength, x.byteLength + 2 * values.byteLength);
  heap.begin(tables.length + 3, bytes);
  const area = sizeOf(input);
  const perChunk = Math.ceil(CHUNK / area);
  const [from, to, at] = [heap.place(x), heap.reserve(values.byteLength), heap.reserve(positions.byteLength)];
  const axes = windows.flatMap(({ starts, ends, step }) => [starts.length, step, heap.place(starts), heap.place(ends)]);
  const even = evenRun(windows[2]);
  // As POOLING_TASK names them.
  const numbers = [
    planes,
    perChunk,
    area,
    input[1]!,
    input[2]!,
    from,
    to,
    at,
    ...axes,
    even.from,
    even.to,
    even.stride,
  ];
  tasks.run("maxPool_4", Math.ceil(planes / perChunk), numbers);
  heap.take(to, values);
  heap.take(at, positions);
}
