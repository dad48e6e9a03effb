import { createInterface } from "node:readline";
import { readData } from "./data.ts";
import type { Command, Failed, Ready } from "./protocol.ts";
import type { Task, Tasks } from "./task.ts";

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** The process of a peer: answers commands from standard input until `quit`. */
export async function serve(version: string, tasks: Tasks): Promise<void> {
  // Standard output belongs to the protocol, whatever a library has to say.
  console.log = console.info = console.error;
  const say = (reply: unknown): void => void process.stdout.write(`${JSON.stringify(reply)}\n`);
  const state: { task?: Task } = {};
  say({ version: `${version}, Node ${process.versions.node}` } satisfies Ready);
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as Command;
    try {
      say(await answer(command, tasks, state));
    } catch (error) {
      say({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Failed);
    }
    if (command.command === "quit") break;
  }
  process.exit(0);
}

async function answer(command: Command, tasks: Tasks, state: { task?: Task }): Promise<unknown> {
  if (command.command === "quit") return { peakBytes: peakBytes() };
  if (command.command === "load") {
    const setUp = tasks[command.workload] ?? "the adapter has no such workload";
    if (typeof setUp === "string") return { skipped: setUp };
    state.task = await setUp(readData(command.data), command.threads);
    return { loaded: true, peakBytes: peakBytes() };
  }
  const { task } = state;
  if (task === undefined) throw new Error(`serve: ${command.command} came before load; load a workload first`);
  if (command.command === "run") return run(task, command.samples, command.steps);
  const start = performance.now();
  await task.step();
  const milliseconds = performance.now() - start;
  return { values: await task.read(), milliseconds };
}

async function run(task: Task, samples: number, steps: number): Promise<unknown> {
  const milliseconds: number[] = [];
  const cpu = process.cpuUsage();
  for (let sample = 0; sample < samples; sample++) {
    const start = performance.now();
    for (let i = 0; i < steps; i++) {
      const pending = task.step();
      // To await what is no promise takes longer than an addition does.
      if (pending instanceof Promise) await pending;
    }
    milliseconds.push((performance.now() - start) / steps);
  }
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds, cpuMilliseconds: (user + system) / 1000 / (samples * steps), peakBytes: peakBytes() };
}
