import { parseArgs } from "node:util";
import type { Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

export interface RaceOptions {
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** How long a peer runs in each round. */
  readonly sliceMilliseconds: number;
  /** If more than 1, tapegrad runs with so many, too. */
  readonly threads: number;
  /** What runs the peers that are JavaScript. */
  readonly node: string;
  /** The interpreter to try first for PyTorch. */
  readonly python: string | undefined;
  readonly oursOnly: boolean;
  readonly profile: boolean;
  /** Whether it is compiled programs that are profiled. */
  readonly compiled: boolean;
}

export const usage = (race: string, known: readonly Workload[]): string => `pnpm bench ${race} [workload ...]

  workload        a name, or the beginning of names: ${known.map(({ name }) => name).join(", ")}
  --rounds N      how often each peer has its turn (7)
  --quick         3 short rounds
  --ours-only     only tapegrad and the hand-written loops: nothing is installed
  --profile       no race: where our own time goes, by function
  --compiled      with --profile: of compiled programs
  --node PATH     run all JavaScript peers with another Node
  --python PATH   an interpreter that can import torch (else python3 is tried)
  --threads N     also tapegrad with so many threads; all else has one`;

/** @throws Error for what cannot be meant, with a text that can be shown. */
export function raceOptions(args: readonly string[], known: readonly Workload[] = workloads): RaceOptions | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      peers: { type: "boolean" },
      help: { type: "boolean", short: "h" },
      rounds: { type: "string" },
      quick: { type: "boolean" },
      "ours-only": { type: "boolean" },
      profile: { type: "boolean" },
      compiled: { type: "boolean" },
      node: { type: "string" },
      python: { type: "string" },
      threads: { type: "string" },
    },
  });
  if (values.help) return "help";
  return {
    workloads: chosen(positionals, known),
    rounds: count("rounds", values.rounds ?? (values.quick ? "3" : "7")),
    sliceMilliseconds: values.quick ? 100 : 400,
    threads: count("threads", values.threads ?? "1"),
    node: values.node ?? process.execPath,
    python: values.python,
    oursOnly: values["ours-only"] ?? false,
    profile: values.profile ?? false,
    compiled: values.compiled ?? false,
  };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${option}: ${text} is no count; give a whole number above 0`);
}

function chosen(names: readonly string[], known: readonly Workload[]): readonly Workload[] {
  const fits = (workload: Workload, name: string): boolean => workload.name === name || workload.name.startsWith(name);
  const unknown = names.filter((name) => !known.some((workload) => fits(workload, name)));
  if (unknown.length > 0) {
    const all = known.map(({ name }) => name).join(", ");
    throw new Error(`there is no workload ${unknown.join(", ")}; give some of ${all}`);
  }
  if (names.length === 0) return known;
  // A full name means that one, though it begins another: elementwise, elementwise-gradients.
  return known.filter((workload) =>
    names.some((name) => (known.some((w) => w.name === name) ? workload.name === name : fits(workload, name))),
  );
}
