import { KernelError } from "../../errors.ts";
import type { Memory } from "../../wasm/engine.ts";
import { CONTROL, CONTROL_WORDS } from "./tasks.ts";

/** What a worker is given. */
interface Start {
  readonly module: object;
  readonly memory: Memory;
  readonly control: number;
  readonly thread: number;
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

/** What a worker runs: it waits for tasks within WebAssembly, and never comes back. */
const SERVE =
  "({ module, memory, control, thread }) => new WebAssembly.Instance(module, { env: { memory } }).exports.serve(control, thread)";

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
  readonly work: (control: number, thread: number, generation: number) => void;
  readonly finish: (control: number) => number;
}

/** Workers that share the memory of a machine, and the control block through which they get their tasks. */
export class Threads {
  readonly #memory: Memory;
  readonly #module: object;
  readonly #control: number;
  readonly #caller: Caller;
  readonly #kernels: readonly string[];
  #words: Int32Array;
  #generation = 0;
  #started = 0;
  /** How many threads may take part, with the caller. */
  #limit = 1;
  /** Whether a worker did not come back: no more work is handed out. */
  #isBroken = false;

  readonly #patience: number;

  /**
   * @param kernels names of the module's kernels, in the order of their numbers.
   * @param patience how long to wait, in milliseconds, for what another thread has claimed.
   */
  constructor(
    module: object,
    memory: Memory,
    control: number,
    caller: Caller,
    kernels: readonly string[],
    patience: number = PATIENCE,
  ) {
    this.#patience = patience;
    this.#memory = memory;
    this.#module = module;
    this.#control = control;
    this.#caller = caller;
    this.#kernels = kernels;
    this.#words = new Int32Array(memory.buffer, control, CONTROL_WORDS);
  }

  /** Whether the memory can be shared: elsewhere there is one thread. */
  get #isShared(): boolean {
    return typeof SharedArrayBuffer !== "undefined" && (this.#memory.buffer as unknown) instanceof SharedArrayBuffer;
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
      const { module, memory, control, thread } = {
        module: this.#module,
        memory: this.#memory,
        control: this.#control,
        thread: this.#started,
      };
      worker.postMessage({ module, memory, control, thread });
    }
  }

  /** How many threads take part now, with the caller. */
  get count(): number {
    if (this.#limit === 1 || this.#started === 0 || this.#isBroken) return 1;
    return Math.min(this.#limit, 1 + Atomics.load(this.#current(), CONTROL.ready));
  }

  /** The control block: growing the memory detaches views. */
  #current(): Int32Array {
    if (this.#words.buffer !== (this.#memory.buffer as ArrayBufferLike)) {
      this.#words = new Int32Array(this.#memory.buffer, this.#control, CONTROL_WORDS);
    }
    return this.#words;
  }

  /**
   * Runs a task: the caller works, too, and comes back when all chunks are done.
   * @param threads how many may take part: as many as there is scratch memory for.
   * @throws KernelError when a worker does not come back with what it claimed.
   */
  run(kernel: string, chunks: number, numbers: readonly number[], threads: number = this.count): void {
    const words = this.#current();
    const generation = ++this.#generation;
    words.set(numbers, CONTROL.arguments);
    words[CONTROL.kernel] = this.#kernels.indexOf(kernel);
    words[CONTROL.chunks] = chunks;
    words[CONTROL.done] = 0;
    words[CONTROL.threads] = threads;
    Atomics.store(words, CONTROL.ticket, (generation & 0xffff) << 16);
    if (chunks > 1 && threads > 1) {
      Atomics.store(words, CONTROL.generation, generation);
      Atomics.notify(words, CONTROL.generation);
    }
    this.#caller.work(this.#control, 0, generation);
    if (this.#caller.finish(this.#control)) return;
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
}
