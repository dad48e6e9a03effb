import { writeData } from "./data.ts";
import { layers } from "./layers.ts";
import { raceOptions, usage } from "./options.ts";
import { findPeers } from "./peers.ts";
import { build, install } from "./prepare.ts";
import { profile } from "./profile.ts";
import { dataFolder, runAll } from "./run-workload.ts";
import { save } from "./save.ts";
import { raceReport, warmTable } from "./tables.ts";
import type { Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

/** `pnpm bench --peers ...`: the same workloads on the same data, ours and the peers', in turns. */
export const race = (args: readonly string[]): Promise<void> => run(args, "race", workloads);

/** `pnpm bench layers ...`: the same for single layers. */
export const raceOfLayers = (args: readonly string[]): Promise<void> => run(args, "layers", layers);

async function run(args: readonly string[], name: string, known: readonly Workload[]): Promise<void> {
  const options = raceOptions(args, known);
  if (options === "help") {
    console.log(usage(name === "race" ? "--peers" : name, known));
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
    for (const workload of options.workloads) await profile(workload, writeData(dataFolder, workload), options);
    return;
  }
  const result = await runAll(findPeers(options, note), options, notes);
  console.log(`\n${warmTable(result)}`);
  await save(options.oursOnly ? `${name}-ours` : name, result, raceReport(result), "race");
}
