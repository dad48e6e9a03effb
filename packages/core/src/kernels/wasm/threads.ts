import { KernelError } from "../../errors.ts";
import type { Memory } from "../../wasm/engine.ts";
import type { Regions } from "./regions.ts";
import { CONTROL, CONTROL_WORDS, MOST_ADDED } from "./tasks.ts";

/** What a worker is given. */
interface Start {
  readonly module: object;
  readonly memory: Memory;
  readonly control: number;
  readonly thread: number;
  /** Modules that were added before, and how many there were in all. */
  readonly added: readonly Added[];
  readonly modules: number;
}

/** A module whose chunk kernels stand in the table, from a place on: its functions `chunk0`, `chunk1`, ... */
interface Added {
  readonly module: object;
  readonly place: number;
  readonly count: number;
}

interface WorkerLike {
  postMessage(message: Start): void;
  /** In Node. */
  unref?(): void;
  on?(event: "error", listener: () => void): void;
  /** In browsers. */
  onerror?: ((event: { preventDefault(): void }) => void) | null;
}

/** The parts of the environments' interfaces that are used here: the library itself needs no environment's types. */
interface Environment {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly Worker?: new (url: string, options?: { name: string }) => WorkerLike;
  readonly Blob?: new (parts: string[], options: { type: string }) => object;
  readonly URL?: { createObjectURL(blob: object): string };
  readonly navigator?: { readonly hardwareConcurrency?: number };
}
const environment = globalThis as unknown as Environment;

interface NodeWorkers {
  readonly Worker: new (
    source: string,
    options: { eval: true; name: string; execArgv: readonly string[] },
  ) => WorkerLike;
}

/**
 * What a worker runs: it waits for tasks within WebAssembly, and comes back for modules that are to be added. Their bytes lie in the memory, behind
 * (how many workers have them, place in the table, how many kernels, bytes), at an address that the directory gives.
 */
const SERVE = `({ module, memory, control, thread, added, modules }) => {
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 0 });
  const { exports } = new WebAssembly.Instance(module, { env: { memory, table, log: Math.log } });
  const add = ({ module, place, count }) => {
    const env = { memory, table, host() {}, wait() {}, begins() {}, sin: Math.sin, cos: Math.cos, ...exports };
    const own = new WebAssembly.Instance(module, { env }).exports;
    if (table.length < place + count) table.grow(place + count - table.length);
    for (let i = 0; i < count; i++) table.set(place + i, own["chunk" + i]);
  };
  added.forEach(add);
  const words = () => new Int32Array(memory.buffer);
  let at = control >> 2, known = modules, seen = Atomics.load(words(), at);
  Atomics.add(words(), at + ${CONTROL.ready}, 1);
  for (;;) {
    for (; known !== Atomics.load(words(), at + ${CONTROL.modules}); known++) {
      const entry = words()[at + ${CONTROL_WORDS} + (known % ${MOST_ADDED})] >> 2;
      const [, place, count, bytes] = words().subarray(entry, entry + 4);
      const start = 4 * entry + 16;
      add({ module: new WebAssembly.Module(new Uint8Array(memory.buffer.slice(start, start + bytes))), place, count });
      Atomics.add(words(), entry, 1);
    }
    seen = exports.serve(control, thread, known, seen);
  }
}`;

/** How many threads the machine runs at once. */
export function availableThreads(): number {
  const os = environment.process?.getBuiltinModule?.("node:os") as { availableParallelism?(): number } | undefined;
  return os?.availableParallelism?.() ?? environment.navigator?.hardwareConcurrency ?? 1;
}

/**
 * Starts a worker, in Node or in a browser; `null` where there are none. It does not keep the process alive.
 * @param onError called when the worker has ended by an error, which is then nobody else's.
 */
function startWorker(name: string, onError: () => void): WorkerLike | null {
  const node = environment.process?.getBuiltinModule?.("node:worker_threads") as NodeWorkers | undefined;
  if (node !== undefined) {
    const source = `require("node:worker_threads").parentPort.once("message", ${SERVE});`;
    // Options of the process, such as loaders of modules, are not for these few words.
    const worker = new node.Worker(source, { eval: true, name, execArgv: [] });
    worker.unref?.();
    worker.on?.("error", onError);
    return worker;
  }
  const { Worker, Blob, URL } = environment;
  if (Worker === undefined || Blob === undefined || URL === undefined) return null;
  const source = `onmessage = ({ data }) => (${SERVE})(data);`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { name });
  worker.onerror = (event) => {
    event.preventDefault();
    onError();
  };
  return worker;
}

/** A caller waits so long, in milliseconds, for chunks that another thread has claimed. */
const PATIENCE = 10_000;

export interface Caller {
  readonly fork: (control: number, kernel: number, chunks: number, task: number, threads: number) => number;
  readonly finish: (control: number) => number;
}

/** A module that was added, with its bytes in the memory as long as a worker may want them. */
interface Record extends Added {
  readonly address: number;
  readonly bytes: number;
  /** How many workers there were. */
  readonly workers: number;
}

/** Workers that share the memory of a machine, and the control block through which they get their tasks. */
export class Threads {
  readonly #regions: Regions;
  readonly #module: object;
  readonly #control: number;
  readonly #caller: Caller;
  readonly #kernels: ReadonlyMap<string, number>;
  readonly #patience: number;
  #words: Int32Array;
  #started = 0;
  /** How many threads may take part, with the caller. */
  #limit = 1;
  /** Whether a worker did not come back: no more work is handed out. */
  #isBroken = false;
  /** Modules that were added and are in use. */
  readonly #added = new Set<Added>();
  /** The last of those whose bytes workers may want. */
  readonly #directory: (Record | undefined)[] = [];
  #modules = 0;

  /**
   * @param kernels names of the module's kernels, in the order of their numbers.
   * @param patience how long to wait, in milliseconds, for what another thread has claimed.
   */
  constructor(
    module: object,
    regions: Regions,
    control: number,
    caller: Caller,
    kernels: readonly string[],
    patience: number = PATIENCE,
  ) {
    this.#patience = patience;
    this.#regions = regions;
    this.#module = module;
    this.#control = control;
    this.#caller = caller;
    this.#kernels = new Map(kernels.map((name, i) => [name, i]));
    this.#words = new Int32Array(regions.memory.buffer);
  }

  /** Whether the memory can be shared: elsewhere there is one thread. */
  get #isShared(): boolean {
    const { buffer } = this.#regions.memory;
    return typeof SharedArrayBuffer !== "undefined" && (buffer as unknown) instanceof SharedArrayBuffer;
  }

  /** How many threads may take part from now on, with the caller; workers that are missing are started, and take part once they are there. */
  limit(count: number): void {
    this.#limit = count;
    while (this.#isShared && !this.#isBroken && this.#started < count - 1) {
      const worker = startWorker(`tapegrad ${this.#started + 1}`, () => {
        this.#isBroken = true;
      });
      if (worker === null) return;
      this.#started++;
      worker.postMessage({
        module: this.#module,
        memory: this.#regions.memory,
        control: this.#control,
        thread: this.#started,
        added: [...this.#added].map(({ module, place, count: kernels }) => ({ module, place, count: kernels })),
        modules: this.#modules,
      });
    }
  }

  /** How many threads take part now, with the caller. */
  get count(): number {
    if (this.#limit === 1 || this.#started === 0 || this.#isBroken) return 1;
    return Math.min(this.#limit, 1 + Atomics.load(this.#current(), this.#control / 4 + CONTROL.ready));
  }

  /** How many threads take part once all are there. */
  get wanted(): number {
    return this.#isShared && !this.#isBroken ? Math.min(this.#limit, 1 + this.#started) : 1;
  }

  /** All of the memory: growing it detaches views. */
  #current(): Int32Array {
    if (this.#words.buffer !== (this.#regions.memory.buffer as ArrayBufferLike)) {
      this.#words = new Int32Array(this.#regions.memory.buffer);
    }
    return this.#words;
  }

  /** Tells programs how many threads there are now, but no more than so many. */
  begin(most: number = this.#limit): void {
    this.#current()[this.#control / 4 + CONTROL.available] = Math.min(this.count, most);
  }

  /**
   * Runs a task: the caller works, too, and comes back when all chunks are done.
   * @param threads how many may take part: as many as there is scratch memory for.
   * @param _each how many elements of the result a chunk makes, where chunks make one part after another: compiled programs go on with a part
   * while it is in the cache.
   * @throws KernelError when a worker does not come back with what it claimed.
   */
  run(kernel: string, chunks: number, numbers: readonly number[], threads: number = this.count, _each?: number): void {
    const task = this.#control + 4 * CONTROL.arguments;
    this.#current().set(numbers, task / 4);
    this.begin();
    const number = this.#kernels.get(kernel)!;
    if (!this.#caller.fork(this.#control, number, chunks, task, threads)) this.await(kernel);
  }

  /**
   * Waits for chunks that others have claimed.
   * @throws KernelError when they do not come back.
   */
  await(kernel: string): void {
    const end = Date.now() + this.#patience;
    while (!this.#caller.finish(this.#control)) {
      if (Date.now() < end) continue;
      this.#isBroken = true;
      throw new KernelError(
        kernel,
        "a worker did not come back with its part",
        "run the call again: from now on one thread does the work",
      );
    }
  }

  /**
   * Lets workers have the chunk kernels of a module, before they do the next task.
   * @param place where in the table they stand.
   * @returns how to take them back, or `null` if there is a worker that has not kept up: then only the caller can run them.
   */
  add(module: object, bytes: Uint8Array, place: number, count: number): (() => void) | null {
    const slot = this.#modules % MOST_ADDED;
    const before = this.#directory[slot];
    if (before !== undefined) {
      if (Atomics.load(this.#current(), before.address / 4) < before.workers) return null;
      this.#regions.free(before.address, before.bytes);
    }
    const size = 16 + bytes.length;
    const address = this.#regions.allocate(size);
    const words = this.#current();
    words.set([0, place, count, bytes.length], address / 4);
    new Uint8Array(words.buffer, address + 16, bytes.length).set(bytes);
    this.#directory[slot] = { module, place, count, address, bytes: size, workers: this.#started };
    words[this.#control / 4 + CONTROL_WORDS + slot] = address;
    Atomics.store(words, this.#control / 4 + CONTROL.modules, ++this.#modules);
    const added: Added = { module, place, count };
    this.#added.add(added);
    return () => void this.#added.delete(added);
  }
}
