import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { writeData } from "../../race/data.ts";
import { load } from "../../race/machine.ts";
import { raceOptions } from "../../race/options.ts";
import { PeerProcess } from "../../race/peer-process.ts";
import { findPeers } from "../../race/peers.ts";
import { build } from "../../race/prepare.ts";
import { COMPILED, OURS, resultsFolder } from "../../race/results.ts";
import { dataFolder } from "../../race/run-workload.ts";
import { median } from "../../race/statistics.ts";
import { workloads } from "../../race/workloads.ts";
import type { MeasuredWorkload } from "../../suite.ts";
import {
  type CompileResult,
  type FirstCall,
  firstCallTable,
  type MemoryOfSteps,
  memoryOfStepsTable,
} from "./results.ts";

const pathOf = (name: string): string => writeData(dataFolder, workloads.find((workload) => workload.name === name)!);

/** First calls and memory, each in processes of their own: what benny, which repeats things in one process, cannot measure. */
export async function measureProcesses(quick: boolean, calls: readonly MeasuredWorkload[]): Promise<void> {
  const before = load();
  const repetitions = quick ? 1 : 5;
  const first = ["circles", "mlp", "cnn", "lstm", "transformer"].map((workload) => firstCallOf(workload, repetitions));
  console.log(`\nthe first call, the middle of ${repetitions}\n${firstCallTable({ first })}`);
  const memory = await memoryOf("mlp", quick ? [200, 1000] : [2000, 10_000]);
  console.log(`\npeak memory of the mlp's process\n${memoryOfStepsTable({ memory })}`);
  const result: CompileResult = { date: new Date().toISOString(), load: [before, load()], calls, first, memory };
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(`${resultsFolder}compile.json`, `${JSON.stringify(result, null, 2)}\n`);
}

function firstCallOf(workload: string, repetitions: number): CompileResult["first"][number] {
  const script = fileURLToPath(new URL("first-call.ts", import.meta.url));
  const run = (mode: "eager" | "program"): unknown => {
    const options = ["--conditions=@tapegrad/source", "--import", "tsx", script, workload, pathOf(workload), mode];
    return JSON.parse(execFileSync(process.execPath, options, { encoding: "utf8" }));
  };
  const calls: FirstCall[] = [];
  const eager: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    calls.push(run("program") as FirstCall);
    eager.push(run("eager") as number);
  }
  const stages = Object.keys(calls[0]!.milliseconds);
  return {
    workload,
    milliseconds: Object.fromEntries(
      stages.map((stage) => [stage, median(calls.map(({ milliseconds }) => milliseconds[stage]!))]),
    ),
    second: median(calls.map(({ second }) => second)),
    moduleBytes: calls[0]!.moduleBytes,
    eager: median(eager),
  };
}

/** How many steps at a time: the process of a peer is not patient for ever. */
const BATCH = 200;

/** The most memory that a process had held after so many steps, eager and compiled. */
async function memoryOf(workload: string, counts: readonly number[]): Promise<MemoryOfSteps[]> {
  build();
  const options = raceOptions(["--ours-only", workload]);
  if (options === "help") return [];
  const peers = findPeers(options, console.log);
  const peaks = async (name: string): Promise<number[]> => {
    const process = new PeerProcess(peers.find((peer) => peer.name === name)!.start);
    await process.send({ command: "load", workload, data: pathOf(workload), threads: 1 });
    const found: number[] = [];
    let done = 0;
    for (const count of counts) {
      let peak = 0;
      for (; done < count; done += BATCH) {
        peak = (await process.send({ command: "run", samples: 1, steps: Math.min(BATCH, count - done) })).peakBytes;
      }
      found.push(peak);
    }
    await process.send({ command: "quit" });
    return found;
  };
  const [eager, compiled] = [await peaks(OURS), await peaks(COMPILED)];
  return counts.map((steps, i) => ({ steps, eager: eager[i]!, compiled: compiled[i]! }));
}
