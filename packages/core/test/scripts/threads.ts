// Works with two threads, and then has nothing more to do.
import { startMachine } from "../../src/kernels/wasm/machine.ts";

const machine = startMachine()!;
machine.tasks.limit(2);
while (machine.tasks.count < 2) await new Promise((resolve) => setTimeout(resolve, 5));
console.log(`${machine.tasks.count} threads, done`);
