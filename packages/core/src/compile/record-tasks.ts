import { allocate, type Storage } from "../dtype.ts";
import { useKernels } from "../kernels/active.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { isElementwise } from "../kernels/wasm/elementwise.ts";
import { acceleratedKernels } from "../kernels/wasm/index.ts";
import type { Machine } from "../kernels/wasm/machine.ts";
import { isLimited } from "../kernels/wasm/unary.ts";
import type { OpDef } from "../op.ts";
import { asArray, specsOf } from "../program.ts";
import { type Entry, unrecorded } from "../tape.ts";
import { type AnyTensor, isConcrete, storageOf, Tensor } from "../tensor.ts";

// How a compiled program runs an operation that has kernels: the operation itself is run once, on tensors that stand for others, by kernels
// whose memory and threads only write down what they are asked for. What they were asked for is what the program does at each step.

/** A task of the kernels, with addresses. */
export interface Task {
  readonly kernel: number;
  readonly chunks: number;
  readonly threads: number;
  readonly numbers: readonly number[];
  /** How many elements of the result a chunk makes, if chunks make one part after another. */
  readonly each: number | undefined;
}

/** What an operation did. */
export interface Recorded {
  readonly tasks: readonly Task[];
  /** Memory to be cleared before the tasks. */
  readonly cleared: readonly { readonly address: number; readonly bytes: number }[];
  /** Bytes that it asked for, in order, without those that became results. */
  readonly scratch: readonly number[];
  /** Which arrays that it asked for became results, by their numbers: known after a run without addresses. */
  readonly results: ReadonlyMap<number, AnyTensor>;
  /** Words in which kernels note what is wrong, which nobody overwrites. */
  readonly outcomes: readonly { readonly address: number; readonly words: number }[];
}

/** Where things are to lie. */
export interface Placement {
  readonly addressOf: (tensor: AnyTensor) => number;
  /** For the scratch memory of that number. */
  readonly scratchAt: (index: number, bytes: number) => number;
  readonly constantAt: (data: Int32Array) => number;
}

/** Addresses that mean nothing: to find out what an operation needs. */
const nowhere: Placement = { addressOf: () => 0, scratchAt: () => 0, constantAt: () => 0 };

const idle = { limit: () => {}, begin: () => {}, await: () => {}, add: () => null };

class NotRecorded extends Error {}

const EVERYTHING = { products: 0, functions: 0, arithmetic: 0, draws: 0, reductions: 0, movement: 0 };

/** What an entry asks of the kernels, without addresses; `null` if anything of it is not done by tasks alone. */
export function needsOf(entry: Entry, machine: Machine): Recorded | null {
  return (entry.operation as OpDef).reapply ? null : record(entry, machine, nowhere, new Map());
}

/** What an entry asks of the kernels, with addresses; `null` if anything of it is not done by tasks alone. */
export function recordTasks(entry: Entry, machine: Machine, placement: Placement, needs: Recorded): Recorded | null {
  return record(entry, machine, placement, needs.results);
}

/** Kernels that run by tasks. Elementwise ones have code of their own for each operation, which is what groups are for. */
function recordingKernels(recorder: Machine): Kernels {
  const kernels = acceleratedKernels(() => recorder, EVERYTHING);
  const refuse = (): never => {
    throw new NotRecorded();
  };
  return {
    ...kernels,
    chains: { supports: () => false, run: refuse },
    binary: refuse,
    where: refuse,
    // What falls back to plain loops for large arguments decides anew at each call.
    unary: (name, ...rest) =>
      isElementwise(name, 4) || isElementwise(name, 1) || isLimited(name) ? refuse() : kernels.unary(name, ...rest),
  };
}

/** An array that is known by its dtype and length only: who reads an element is told that there is none. */
function standIn({ dtype, size }: AnyTensor): Storage {
  const { constructor, BYTES_PER_ELEMENT } = allocate(dtype, 0);
  const known: Readonly<Record<string | symbol, unknown>> = {
    constructor,
    BYTES_PER_ELEMENT,
    length: size,
    byteLength: size * BYTES_PER_ELEMENT,
  };
  return new Proxy(Object.create(constructor.prototype), {
    get: (_, name) => {
      if (!Object.hasOwn(known, name)) throw new NotRecorded();
      return known[name];
    },
  }) as Storage;
}

function record(
  entry: Entry,
  machine: Machine,
  placement: Placement,
  results: ReadonlyMap<number, AnyTensor>,
): Recorded | null {
  const places = new Map<Storage, AnyTensor>();
  const standIns = entry.inputs.map((input) => {
    const storage = isConcrete(input) ? storageOf(input) : standIn(input);
    places.set(storage, input);
    return new Tensor(input.shape, input.dtype, storage);
  });
  const tasks: Task[] = [];
  const cleared: { address: number; bytes: number }[] = [];
  const outcomes: { address: number; words: number }[] = [];
  const reserved: { address: number; bytes: number }[] = [];
  const taken = new Map<Storage, number>();
  const recorder: Machine = {
    ...machine,
    heap: {
      memory: machine.heap.memory,
      begin: () => {},
      rounded: (bytes) => machine.heap.rounded(bytes),
      reserve: (bytes) => {
        const index = reserved.length;
        const result = results.get(index);
        const address = result === undefined ? placement.scratchAt(index, bytes) : placement.addressOf(result);
        // Without an address of its own, an array is known by the order in which it was asked for.
        reserved.push({ address: placement === nowhere || results.size === 0 ? -1 - index : address, bytes });
        return reserved[index]!.address;
      },
      place: (storage) => {
        const tensor = places.get(storage);
        if (tensor !== undefined) return placement.addressOf(tensor);
        const index = taken.get(storage);
        if (index !== undefined) return reserved[index]!.address;
        if (!(storage instanceof Int32Array)) throw new NotRecorded();
        return placement.constantAt(storage);
      },
      take: (address, out) => {
        const index = reserved.findIndex((one) => one.address === address);
        if (index < 0) throw new NotRecorded();
        taken.set(out, index);
      },
      outcome: (words) => {
        const address = placement.constantAt(new Int32Array(words));
        outcomes.push({ address, words });
        return address;
      },
      // All is well, as long as nothing has run.
      read: (_, words) => new Int32Array(words),
      clear: (address, bytes) => void cleared.push({ address, bytes }),
    },
    tasks: {
      ...idle,
      count: machine.tasks.wanted,
      wanted: machine.tasks.wanted,
      run: (kernel, chunks, numbers, threads = machine.tasks.wanted, each = undefined) =>
        void tasks.push({ kernel: machine.kernels.get(kernel)!, chunks, threads, numbers: [...numbers], each }),
    },
  };
  const before = useKernels(recordingKernels(recorder));
  try {
    const storages = unrecorded(() =>
      asArray(
        (entry.operation as OpDef).forward(standIns, entry.attributes, specsOf(entry.outputs)) as
          | Storage
          | readonly Storage[],
      ),
    );
    const found = new Map<number, AnyTensor>();
    for (const [i, storage] of storages.entries()) {
      const index = taken.get(storage);
      if (index === undefined) return null;
      found.set(index, entry.outputs[i]!);
    }
    const scratch = reserved.map(({ bytes }, i) => (found.has(i) ? 0 : bytes));
    return { tasks, cleared, scratch, results: found, outcomes };
  } catch (error) {
    if (error instanceof NotRecorded) return null;
    throw error;
  } finally {
    useKernels(before);
  }
}
