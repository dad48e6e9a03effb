import type { Body, ModuleBuilder } from "../../wasm/builder.ts";
import type { Code } from "../../wasm/encode.ts";
import { atomic, drop, type I32, i32, loads } from "../../wasm/instructions.ts";

// Work for several threads is cut into chunks, and a task is the kernel, how many chunks there are, and numbers that say what to do. Threads
// claim chunks one after another; what a chunk computes does not depend on who does it, nor on how many threads there are.

/** Where the numbers of a task stand, in words from the start of the control block. */
export const CONTROL = {
  /** Counts tasks; workers sleep while it stays. */
  generation: 0,
  /** The generation and the next chunk, in 16 bits each: a claim is one exchange of both. */
  ticket: 1,
  chunks: 2,
  kernel: 3,
  /** Chunks that are done. */
  done: 4,
  /** Workers that have started. */
  ready: 5,
  /** How many threads take part: for more there is no scratch memory. */
  threads: 6,
  /** The numbers of the task. */
  arguments: 8,
} as const;
/** Words of the control block. */
export const CONTROL_WORDS = 64;

/** How often a worker looks for a new task before it sleeps: about 20 µs. */
const SPINS = 4000;
/** How often the caller looks, before it asks for the time. */
const PATIENCE = 100_000;

/** A kernel that does one chunk of a task: (address of the arguments, chunk, thread). */
export type ChunkKernel = (task: I32, chunk: I32, thread: I32) => Code;

const word = (index: number): number => 4 * index;

/**
 * Adds to a module what callers and workers run: `work(control, thread, generation)` does chunks until none is left, `serve(control,
 * thread)` does the tasks of a worker for ever, and `finish(control)` looks for a while whether all chunks are done.
 */
export function addTasks(module: ModuleBuilder, kernels: readonly ChunkKernel[]): void {
  // For compiled programs, whose numbers stand in their own memory.
  module.function("execute", ["i32", "i32", "i32"], (body, kernel, task, chunks) => {
    const chunk = body.local("i32", i32.const(0));
    body.for(chunk, chunks, 1, () => dispatch(body, kernels, kernel, task, chunk, i32.const(0)));
  });
  const work = module.function("work", ["i32", "i32", "i32"], (body, control, thread, generation) => {
    const [goesOn, ticket, chunk] = [body.local("i32", i32.const(1)), body.local("i32"), body.local("i32")];
    body.while(
      () => goesOn,
      () => {
        body.set(ticket, atomic.load(control, word(CONTROL.ticket)));
        body.set(chunk, i32.and(ticket, i32.const(0xffff)));
        const isOurs = i32.eq(i32.shrU(ticket, i32.const(16)), i32.and(generation, i32.const(0xffff)));
        const hasChunk = i32.ltU(chunk, loads.i32(control, word(CONTROL.chunks)));
        const takesPart = i32.ltU(thread, loads.i32(control, word(CONTROL.threads)));
        body.set(goesOn, i32.and(isOurs, i32.and(hasChunk, takesPart)));
        body.if(goesOn, () => {
          const claimed = atomic.exchange(control, ticket, i32.add(ticket, i32.const(1)), word(CONTROL.ticket));
          body.if(i32.eq(claimed, ticket), () => {
            const task = i32.add(control, i32.const(word(CONTROL.arguments)));
            dispatch(body, kernels, loads.i32(control, word(CONTROL.kernel)), task, chunk, thread);
            body.do(drop(atomic.add(control, i32.const(1), word(CONTROL.done))));
          });
        });
      },
    );
  });
  module.function("serve", ["i32", "i32"], (body, control, thread) => {
    const [seen, spins] = [body.local("i32", atomic.load(control)), body.local("i32")];
    body.do(drop(atomic.add(control, i32.const(1), word(CONTROL.ready))));
    const forever = i32.const(1);
    body.while(
      () => forever,
      () => {
        body.set(spins, i32.const(SPINS));
        body.while(
          () => i32.and(i32.eq(atomic.load(control), seen), i32.gtS(spins, i32.const(0))),
          () => body.increase(spins, -1),
        );
        body.if(i32.eqz(spins), () => body.do(drop(atomic.wait(control, seen))));
        body.set(seen, atomic.load(control));
        body.do(work(control, thread, seen));
      },
    );
  });
  module.function("finish", ["i32"], (body, control) => {
    const spins = body.local("i32", i32.const(PATIENCE));
    const isOpen = (): I32 =>
      i32.ltU(atomic.load(control, word(CONTROL.done)), loads.i32(control, word(CONTROL.chunks)));
    body.while(
      () => i32.and(isOpen(), i32.gtS(spins, i32.const(0))),
      () => body.increase(spins, -1),
    );
    return i32.eqz(isOpen());
  });
}

/** Runs one chunk of the kernel of a number. */
function dispatch(body: Body, kernels: readonly ChunkKernel[], number: I32, task: I32, chunk: I32, thread: I32): void {
  kernels.forEach((kernel, i) => {
    body.if(i32.eq(number, i32.const(i)), () => body.do(kernel(task, chunk, thread)));
  });
}
