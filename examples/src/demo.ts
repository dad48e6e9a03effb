/** Runs the numbered examples one after another, checks what they state, and writes what they came to as a page and as JSON. */
import { parseArgs } from "node:util";
import type { Listed, Performed } from "./lib/part.ts";
import { bold, dim, red } from "./lib/terminal.ts";
import { parts } from "./parts.ts";

/** The classic experiments, which run if nothing else is asked for; the others take minutes. */
const CLASSIC = [1, 2, 3, 4];

const HELP = `Numbered examples, from gradient checking to networks that generate.

Usage: pnpm demo [options]

  --only 1,3    run only these:
${parts.map(({ number, title }) => `                  ${String(number).padStart(2)} ${title.toLowerCase()}`).join("\n")}
  --all         run all of them, which takes minutes; 1 to 4 are run if nothing is said
  --quick       shorten all trainings, to see whether everything works
  --out DIR     where report.html and report.json go (out, if not given)
  --help        this text

Each full run is checked against what it states; the exit code is 1 where something does not hold.`;

interface Arguments {
  readonly wanted: readonly Listed[];
  readonly quick: boolean;
  readonly out: string;
}

/** @throws Error for options that there are not, or parts that there are not. */
function argumentsOf(args: readonly string[]): Arguments | "help" {
  const { values } = parseArgs({
    // A package manager may hand on the -- that divides its own options from ours.
    args: args.filter((arg) => arg !== "--"),
    options: {
      only: { type: "string" },
      all: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      out: { type: "string", default: "out" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const named = values.only?.split(",").map((text) => text.trim());
  const unknown = named?.find((text) => !parts.some(({ number }) => String(number) === text));
  if (unknown !== undefined) {
    throw new Error(
      `--only ${values.only}: there is no example "${unknown}", only ${parts.map(({ number }) => number).join(", ")}`,
    );
  }
  const numbers = named?.map(Number) ?? (values.all ? parts.map(({ number }) => number) : CLASSIC);
  return { wanted: parts.filter(({ number }) => numbers.includes(number)), quick: values.quick, out: values.out };
}

async function main({ wanted, quick, out }: Arguments): Promise<void> {
  const started = performance.now();
  console.log(
    bold(`Tapegrad, ${wanted.length} example${wanted.length === 1 ? "" : "s"}`) +
      (quick ? " (quick: shortened trainings)" : ""),
  );
  const performed: Performed[] = wanted.map((part) => part.perform(quick));
  const seconds = (performance.now() - started) / 1000;
  const { writeReport } = await import("./report/write-report.ts");
  const { page, json } = await writeReport({ parts: performed, quick, seconds }, out);
  console.log(`\n${bold("Report")} ${page}\n       ${json} ${dim(`(${seconds.toFixed(0)} s)`)}`);
  const failed = performed.filter(({ holds }) => !holds).map(({ number }) => number);
  if (failed.length === 0) return;
  console.error(red(`What examples ${failed.join(", ")} state does not hold; see the lines with ✗ above.`));
  process.exitCode = 1;
}

function argumentsOrHelp(): Arguments | "help" | undefined {
  try {
    return argumentsOf(process.argv.slice(2));
  } catch (error) {
    console.error(`${red((error as Error).message)}\n\n${HELP}`);
    process.exitCode = 2;
    return undefined;
  }
}

const given = argumentsOrHelp();
if (given === "help") console.log(HELP);
else if (given !== undefined) await main(given);
