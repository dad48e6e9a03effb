import { raceOptions } from "../race/options.ts";
import { findPeers } from "../race/peers.ts";
import { build, install } from "../race/prepare.ts";
import { COMPILED, OURS } from "../race/results.ts";
import { runAll } from "../race/run-workload.ts";
import { save } from "../race/save.ts";
import { conditions, warmTable } from "../race/tables.ts";
import { series, workloads } from "./workloads.ts";

const usage = `pnpm bench growth [${series.map(({ name }) => name).join("|")} ...]

  --peers         beside other libraries, which are installed at the first time
  --rounds N, --quick, --node PATH, --python PATH: as in pnpm bench --peers --help`;

/** Who is shown: of each library its fastest way. */
const SHOWN: ReadonlySet<string> = new Set([OURS, COMPILED, "tfjs wasm", "jax-js jit", "PyTorch"]);

/** `pnpm bench growth ...`: what a step of training costs, by size. */
export async function growth(args: readonly string[]): Promise<void> {
  const options = raceOptions(args, workloads);
  if (options === "help") {
    console.log(usage);
    return;
  }
  const oursOnly = !args.includes("--peers");
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    console.log(text);
  };
  if (!oursOnly) install(console.log);
  build();
  const peers = findPeers({ ...options, oursOnly }, note).filter(({ name }) => SHOWN.has(name));
  const result = await runAll(peers, options, notes);
  console.log(`\n${warmTable(result)}`);
  const report = `${conditions(result)}\n\n${warmTable(result)}\n`;
  await save(oursOnly ? "growth-ours" : "growth", result, report, "growth");
}
