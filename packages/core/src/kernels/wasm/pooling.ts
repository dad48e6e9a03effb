import type { Storage } from "../../dtype.ts";
import { sizeOf } from "../../shape.ts";
import type { Kernels, PoolPlan, PoolWindows } from "../kernels.ts";
import { reference } from "../reference/index.ts";
import type { Machine } from "./machine.ts";

/** Elements of x in a chunk, if there are not more in a plane. */
const CHUNK = 1 << 15;
/** Fewer windows are not worth a vector. */
const LANES = 4;

/** Pooling of floats, with the reference for all else, and for maxima of float64. */
export function poolingKernels(
  machine: (size: number) => Machine | null,
): Pick<Kernels, "maxPool" | "sumPool" | "spreadPool"> {
  const machineFor = (x: Storage, y: Storage): Machine | null => {
    const isFloat = x instanceof Float32Array || x instanceof Float64Array;
    return isFloat && x.length > 0 && y.length > 0 ? machine(x.length) : null;
  };
  return {
    maxPool(x, plan, values, positions) {
      const own = x instanceof Float32Array ? machineFor(x, values) : null;
      if (own === null) reference.maxPool(x, plan, values, positions);
      else maxPool(own, x, plan, values, positions);
    },
    sumPool(x, plan, out) {
      const own = machineFor(x, out);
      if (own === null) reference.sumPool(x, plan, out);
      else sumPool(own, "sumPool", plan, x, out);
    },
    spreadPool(y, plan, out) {
      const own = machineFor(out, y);
      if (own === null) reference.spreadPool(y, plan, out);
      else sumPool(own, "spreadPool", plan, y, out);
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

/** The numbers of a task, as POOLING_TASK names them, and how many chunks it has. */
function taskOf(
  { heap }: Machine,
  { planes, input, windows }: PoolPlan,
  x: number,
  values: number,
  positions: number,
): { readonly chunks: number; readonly numbers: readonly number[] } {
  const area = sizeOf(input);
  const perChunk = Math.ceil(CHUNK / area);
  const axes = windows.flatMap(({ starts, ends, step }) => [starts.length, step, heap.place(starts), heap.place(ends)]);
  const even = evenRun(windows[2]);
  const sizes = [planes, perChunk, area, input[1]!, input[2]!];
  const numbers = [...sizes, x, values, positions, ...axes, even.from, even.to, even.stride];
  return { chunks: Math.ceil(planes / perChunk), numbers };
}

/** Bytes of the tables of windows. */
const tableBytes = ({ windows }: PoolPlan): number =>
  windows.reduce((sum, { starts, ends }) => sum + starts.byteLength + ends.byteLength, 0);
/** Tables, and what is read and written. */
const ARRAYS = 9;

function maxPool(machine: Machine, x: Storage, plan: PoolPlan, values: Storage, positions: Int32Array): void {
  const { heap, tasks } = machine;
  heap.begin(ARRAYS, tableBytes(plan) + x.byteLength + 2 * values.byteLength);
  const [from, to, at] = [heap.place(x), heap.reserve(values.byteLength), heap.reserve(positions.byteLength)];
  const { chunks, numbers } = taskOf(machine, plan, from, to, at);
  tasks.run("maxPool_4", chunks, numbers);
  heap.take(to, values);
  heap.take(at, positions);
}

/** Sums of windows, or from them. */
function sumPool(machine: Machine, name: "sumPool" | "spreadPool", plan: PoolPlan, from: Storage, out: Storage): void {
  const { heap, tasks } = machine;
  heap.begin(ARRAYS, tableBytes(plan) + from.byteLength + out.byteLength);
  const [source, to] = [heap.place(from), heap.reserve(out.byteLength)];
  const [x, values] = name === "sumPool" ? [source, to] : [to, source];
  const { chunks, numbers } = taskOf(machine, plan, x, values, 0);
  tasks.run(`${name}_${out.BYTES_PER_ELEMENT}`, chunks, numbers);
  heap.take(to, out);
}
