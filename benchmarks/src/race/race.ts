import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, type } from "node:os";
import { fileURLToPath } from "node:url";
import { disagreements } from "./agreement.ts";
import { writeData } from "./data.ts";
import { Lane } from "./lane.ts";
import { type RaceOptions, raceOptions, usage } from "./options.ts";
import { compiled, findPeers, hasAvx512, type Peer } from "./peers.ts";
import { build, install } from "./prepare.ts";
import { profile } from "./profile.ts";
import { OURS, type RaceResult, type WorkloadResult } from "./results.ts";
import { coldTable, conditions, cpuTable, memoryTable, warmTable, workloadTable } from "./table.ts";
import type { Workload } from "./workload.ts";

const results = fileURLToPath(new URL("../../results/", import.meta.url));

/** `pnpm bench --peers ...`: the same workloads on the same data, ours and the peers', in turns. */
export async function race(args: readonly string[]): Promise<void> {
  const options = raceOptions(args);
  if (options === "help") {
    console.log(usage);
    return;
  }
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    console.log(text);
  };
  if (!options.oursOnly && !options.profile) install(console.log);
  build();
  if (options.profile) {
    for (const workload of options.workloads) await profile(workload, writeData(`${results}data`, workload), options);
    return;
  }
  const peers = findPeers(options, note);
  const before = loadavg()[0]!;
  const done: WorkloadResult[] = [];
  for (const workload of options.workloads) {
    const result = await run(workload, peers, options);
    done.push(result);
    console.log(`\n${workloadTable(result)}`);
  }
  const result: RaceResult = {
    machine: {
      processor: cpus()[0]?.model.trim() ?? "unknown",
      cores: cpus().length,
      avx512: hasAvx512(),
      system: `${type()} ${release()}`,
      load: [before, loadavg()[0]!],
    },
    rounds: options.rounds,
    notes,
    workloads: done,
  };
  console.log(`\n${warmTable(result)}`);
  await save(result, options);
}

async function run(workload: Workload, peers: readonly Peer[], options: RaceOptions): Promise<WorkloadResult> {
  const { name, title, flops, tolerance } = workload;
  const data = writeData(`${results}data`, workload);
  const lanes: Lane[] = [];
  for (const peer of peers) {
    const lane = new Lane(peer);
    lanes.push(lane);
    // One after another: a cold start is timed, too.
    await lane.verify(name, data);
  }
  const verified = lanes.filter(({ problem }) => problem === undefined);
  const wrong = disagreements(new Map(verified.map(({ peer, values }) => [peer.name, values])), tolerance);
  for (const lane of verified) {
    const text = wrong.get(lane.peer.name);
    if (text !== undefined) lane.disagrees(text);
  }
  for (const lane of lanes) await lane.warmUp(options.sliceMilliseconds);
  for (let round = 0; round < options.rounds; round++) {
    // Another one begins each round, so that none always runs in another's wake.
    for (let i = 0; i < lanes.length; i++) await lanes[(round + i) % lanes.length]!.turn(options.sliceMilliseconds);
  }
  const entries = [];
  for (const lane of lanes) entries.push(await lane.finish());
  return { name, title, ...(flops === undefined ? {} : { flops }), entries };
}

function report(result: RaceResult): string {
  const parts = [
    conditions(result),
    `Warm: median time of a step, and as a multiple of ${OURS}'s.`,
    warmTable(result),
    "Processor time of a warm step, of all threads of the process.",
    cpuTable(result),
    "Cold: the first step, and from the start of the process to its end.",
    coldTable(result),
    "Peak memory of the process.",
    memoryTable(result),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** JSON, Markdown and, where the peers are installed, a chart. */
async function save(result: RaceResult, { oursOnly }: RaceOptions): Promise<void> {
  const name = `${results}${oursOnly ? "race-ours" : "race"}`;
  mkdirSync(results, { recursive: true });
  writeFileSync(`${name}.json`, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(`${name}.md`, report(result));
  if (!oursOnly) {
    // Compiled beside the peers, since Vega is installed there.
    const { raceChart } = (await import(new URL("peers/chart.js", compiled).href)) as {
      raceChart(result: RaceResult): Promise<string>;
    };
    writeFileSync(`${name}.svg`, await raceChart(result));
  }
  console.log(`\nWritten to benchmarks/results: ${oursOnly ? "race-ours" : "race"}.{json,md${oursOnly ? "" : ",svg"}}`);
}
