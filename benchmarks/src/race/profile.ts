import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { RaceOptions } from "./options.ts";
import { PeerProcess } from "./peer-process.ts";
import { findPeers } from "./peers.ts";
import { COMPILED, OURS } from "./results.ts";
import { aligned } from "./table.ts";
import type { Workload } from "./workload.ts";

/** The part of V8's profile that is read. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** The node of each sample, and the microseconds since the one before. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SHOWN = 15;
const MILLISECONDS = 4000;

/** Runs our own side of a workload under V8's sampling profiler, and prints which functions the time went to. */
export async function profile(workload: Workload, data: string, options: RaceOptions): Promise<void> {
  const folder = fileURLToPath(new URL(`../../results/profile-${workload.name}`, import.meta.url));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wanted = options.compiled ? COMPILED : OURS;
  const ours = findPeers({ ...options, oursOnly: true }, console.log).find(({ name }) => name === wanted)!;
  const sampling = ["--cpu-prof", "--cpu-prof-interval=200", `--cpu-prof-dir=${folder}`];
  const process = new PeerProcess({ ...ours.start, arguments: [...sampling, ...ours.start.arguments] });
  await process.send({ command: "load", workload: workload.name, data, threads: options.threads });
  for (let i = 0; i < 2; i++) await process.send({ command: "verify" });
  const [probe] = (await process.send({ command: "run", samples: 1, steps: 3 })).milliseconds;
  const steps = Math.max(1, Math.round(MILLISECONDS / probe!));
  const { milliseconds } = await process.send({ command: "run", samples: 1, steps });
  await process.send({ command: "quit" });
  await process.ended;
  const [file] = readdirSync(folder);
  const taken = JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as CpuProfile;
  console.log(
    `\n${workload.name}, ${wanted}: ${milliseconds[0]!.toFixed(3)} ms a step under the profiler, ${steps} steps`,
  );
  const total = steps * milliseconds[0]! * 1000;
  const row = ([name, time]: readonly [string, number]): string[] => [
    name,
    `${((100 * time) / total).toFixed(1)} %`,
    `${(time / steps).toFixed(1)} µs`,
  ];
  for (const [heading, times] of Object.entries(timesOf(taken, total))) {
    const longest = [...times].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
    console.log(aligned([[heading, "share", "a step"], ...longest.map(row)]));
  }
}

/** Microseconds by kernel, with all that it calls, and by function, itself only, over the end of the profile. */
function timesOf({ nodes, samples, timeDeltas }: CpuProfile, total: number): Record<string, Map<string, number>> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const kernels = new Map<string, number>();
  const functions = new Map<string, number>();
  const add = (times: Map<string, number>, name: string, time: number): void =>
    void times.set(name, (times.get(name) ?? 0) + time);
  // From the end: what came before is start and warming up.
  for (let i = samples.length - 1, seen = 0; i >= 0 && seen < total; i--) {
    const time = timeDeltas[i]!;
    seen += time;
    const leaf = byId.get(samples[i]!)!.callFrame;
    add(functions, nameOf(leaf), time);
    let kernel = leaf.url === "" ? nameOf(leaf) : isProgram(leaf) ? "compiled programs" : "JavaScript around kernels";
    for (let id: number | undefined = samples[i]; id !== undefined; id = parents.get(id)) {
      const { callFrame } = byId.get(id)!;
      if (callFrame.url.includes("/kernels/")) kernel = nameOf(callFrame);
    }
    add(kernels, kernel, time);
  }
  return { kernel: kernels, function: functions };
}

/** WebAssembly that no kernel has called. */
const isProgram = ({ url }: CpuProfile["nodes"][number]["callFrame"]): boolean => url.startsWith("wasm:");

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  return `${functionName || "(anonymous)"}${url === "" ? "" : ` ${basename(url)}:${lineNumber + 1}`}`;
}
