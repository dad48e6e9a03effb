import { atomic } from "../../wasm/atomic.ts";
import type { Body, ModuleBuilder } from "../../wasm/builder.ts";
import type { Code } from "../../wasm/encode.ts";
import { drop, type I32, i32, loads, stores } from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";

// Work for several threads is cut into chunks, and a task is the kernel, how many chunks there are, and numbers that say what to do. Threads
// claim chunks one after another; what a chunk computes does not depend on who does it, nor on how many threads there are.

/** Where the numbers of a task stand, in words from the start of the control block. */
export const CONTROL = {
  /** Counts tasks that are shared; workers sleep while it stays. */
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
  /** The address of the numbers that say what to do. */
  task: 7,
  /** How many threads there are now, with the caller. */
  available: 8,
  /** Counts all tasks. */
  tasks: 9,
  /** How many modules there were to add. */
  modules: 10,
  /** Numbers of tasks that have no memory of their own. */
  arguments: 16,
} as const;
/** Words of the control block. */
export const CONTROL_WORDS = 80;

/** Behind it stand the addresses of the last modules that were added. */
export const MOST_ADDED = 64;

/** How often a worker looks for a new task before it sleeps: about 20 µs. */
const SPINS = 4000;
/** How often the caller looks, before it asks for the time. */
const PATIENCE = 100_000;

/** A kernel that does one chunk of a task: (address of the arguments, chunk, thread). */
export type ChunkKernel = (task: I32, chunk: I32, thread: I32) => Code;

const word = (index: number): number => 4 * index;

/**
 * Adds to a module what callers and workers run: `fork(control, kernel, chunks, task, threads)` runs a task and tells whether it was done in
 * time, `finish(control)` looks once more, and `serve(control, thread, modules, seen)` does the tasks of a worker after the one of number
 * `seen`, until there are more modules than those it knows; it gives the number of the last task.
 * @param kernels those of the module; larger numbers are places of the table.
 */
export function addTasks(module: ModuleBuilder, kernels: readonly ChunkKernel[]): void {
  const indirect = module.indirect(["i32", "i32", "i32"]);
  const dispatch = module.function("dispatch", ["i32", "i32", "i32", "i32"], (body, number, task, chunk, thread) => {
    const place = i32.sub(number, i32.const(kernels.length));
    body.if(
      i32.geS(place, i32.const(0)),
      () => body.do(indirect(place, task, chunk, thread)),
      () => choose(body, kernels, 0, number, task, chunk, thread),
    );
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
            const [kernel, task] = [CONTROL.kernel, CONTROL.task].map((index) => loads.i32(control, word(index)));
            body.do(dispatch(kernel!, task!, chunk, thread));
            body.do(drop(atomic.add(control, i32.const(1), word(CONTROL.done))));
          });
        });
      },
    );
  });
  module.function("serve", ["i32", "i32", "i32", "i32"], (body, control, thread, modules, last) => {
    const [seen, spins] = [body.local("i32", last), body.local("i32")];
    const knowsAll = body.local("i32", i32.const(1));
    body.while(
      () => knowsAll,
      () => {
        body.set(spins, i32.const(SPINS));
        body.while(
          () => i32.and(i32.eq(atomic.load(control), seen), i32.gtS(spins, i32.const(0))),
          () => body.increase(spins, -1),
        );
        body.if(i32.eqz(spins), () => body.do(drop(atomic.wait(control, seen))));
        body.set(knowsAll, i32.eq(atomic.load(control, word(CONTROL.modules)), modules));
        body.if(knowsAll, () => {
          body.set(seen, atomic.load(control));
          body.do(work(control, thread, seen));
        });
      },
    );
    return seen;
  });
  const finish = module.function("finish", ["i32"], (body, control) => {
    const spins = body.local("i32", i32.const(PATIENCE));
    const isOpen = (): I32 =>
      i32.ltU(atomic.load(control, word(CONTROL.done)), loads.i32(control, word(CONTROL.chunks)));
    body.while(
      () => i32.and(isOpen(), i32.gtS(spins, i32.const(0))),
      () => body.increase(spins, -1),
    );
    return i32.eqz(isOpen());
  });
  module.function("fork", ["i32", "i32", "i32", "i32", "i32"], (body, control, kernel, chunks, task, wanted) => {
    const threads = body.local("i32", minimum(wanted, loads.i32(control, word(CONTROL.available))));
    const isDone = body.local("i32", i32.const(1));
    body.if(
      i32.or(i32.leU(threads, i32.const(1)), i32.leU(chunks, i32.const(1))),
      () => {
        const chunk = body.local("i32", i32.const(0));
        body.for(chunk, chunks, 1, () => body.do(dispatch(kernel, task, chunk, i32.const(0))));
      },
      () => {
        const generation = body.local("i32", i32.add(loads.i32(control, word(CONTROL.tasks)), i32.const(1)));
        const write = (index: number, value: I32): void => body.do(stores.i32(control, value, word(index)));
        write(CONTROL.tasks, generation);
        write(CONTROL.kernel, kernel);
        write(CONTROL.task, task);
        write(CONTROL.chunks, chunks);
        write(CONTROL.done, i32.const(0));
        write(CONTROL.threads, threads);
        body.do(atomic.store(control, i32.shl(generation, i32.const(16)), word(CONTROL.ticket)));
        body.do(atomic.store(control, generation, word(CONTROL.generation)));
        body.do(drop(atomic.notify(control, word(CONTROL.generation))));
        body.do(work(control, i32.const(0), generation));
        body.set(isDone, call(finish(control)));
      },
    );
    return isDone;
  });
}

const call = (code: Code): I32 => ({ type: "i32", code });

/** Runs the kernel of a number, found by halves. */
function choose(
  body: Body,
  kernels: readonly ChunkKernel[],
  first: number,
  number: I32,
  task: I32,
  chunk: I32,
  thread: I32,
): void {
  if (kernels.length <= 1) {
    for (const kernel of kernels) body.do(kernel(task, chunk, thread));
    return;
  }
  const half = kernels.length >> 1;
  body.if(
    i32.ltS(number, i32.const(first + half)),
    () => choose(body, kernels.slice(0, half), first, number, task, chunk, thread),
    () => choose(body, kernels.slice(half), first + half, number, task, chunk, thread),
  );
}
