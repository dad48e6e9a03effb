import { writeData } from "./data.ts";
import { raceOptions, usage } from "./options.ts";
import { findPeers } from "./peers.ts";
import { build, install } from "./prepare.ts";
import { profile } from "./profile.ts";
import { dataFolder, runAll } from "./run-workload.ts";
import { save } from "./save.ts";
import { raceReport, warmTable } from "./tables.ts";

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
    for (const workload of options.workloads) await profile(workload, writeData(dataFolder, workload), options);
    return;
  }
  const result = await runAll(findPeers(options, note), options, notes);
  console.log(`\n${warmTable(result)}`);
  await save(options.oursOnly ? "race-ours" : "race", result, raceReport(result), "race");
}
