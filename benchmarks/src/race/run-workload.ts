import { fileURLToPath } from "node:url";
import { disagreements } from "./agreement.ts";
import { writeData } from "./data.ts";
import { Lane } from "./lane.ts";
import { load, machine } from "./machine.ts";
import type { RaceOptions } from "./options.ts";
import type { Peer } from "./peers.ts";
import type { RaceResult, WorkloadResult } from "./results.ts";
import { workloadTable } from "./table.ts";
import type { Workload } from "./workload.ts";

/** Where the arrays of workloads lie. */
export const dataFolder: string = fileURLToPath(new URL("../../results/data", import.meta.url));

/** All workloads, one after another; each is printed as soon as it is done. */
export async function runAll(
  peers: readonly Peer[],
  options: RaceOptions,
  notes: readonly string[],
): Promise<RaceResult> {
  const before = load();
  const workloads: WorkloadResult[] = [];
  for (const workload of options.workloads) {
    const result = await runWorkload(workload, peers, options);
    workloads.push(result);
    console.log(`\n${workloadTable(result)}`);
  }
  return { date: new Date().toISOString(), machine: machine(before), rounds: options.rounds, notes, workloads };
}

/** One workload, by all peers: two steps to agree upon, then turns. */
async function runWorkload(workload: Workload, peers: readonly Peer[], options: RaceOptions): Promise<WorkloadResult> {
  const { name, task = name, title, flops, tolerance } = workload;
  const data = writeData(dataFolder, workload);
  const lanes: Lane[] = [];
  for (const peer of peers) {
    const lane = new Lane(peer);
    lanes.push(lane);
    // One after another: a cold start is timed, too.
    await lane.verify(task, data);
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
