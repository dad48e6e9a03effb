/** Runs the numbered examples one after another, and writes what they came to as a page and as JSON. */
import { parseArgs } from "node:util";
import { gradientCheckingPart } from "./01-gradient-checking.ts";
import { initializationPart } from "./02-initialization.ts";
import { regularizationPart } from "./03-regularization.ts";
import { digitsPart } from "./04-digits.ts";
import { perform } from "./lib/part.ts";
import { bold, dim, red } from "./lib/terminal.ts";

const HELP = `Four examples, from gradient checking to handwritten digits.

Usage: pnpm demo [options]

  --only 1,3    run only these: 1 gradient checking, 2 initialization, 3 regularization, 4 digits
  --quick       shorten all trainings, to see in half a minute whether everything works
  --out DIR     where report.html and report.json go (out, if not given)
  --help        this text`;

interface Arguments {
  readonly wanted: ReadonlySet<number>;
  readonly quick: boolean;
  readonly out: string;
}

/** @throws Error for options that there are not, or parts that there are not. */
function argumentsOf(args: readonly string[]): Arguments | "help" {
  const { values } = parseArgs({
    // A package manager may hand on the -- that divides its own options from ours.
    args: args.filter((arg) => arg !== "--"),
    options: {
      only: { type: "string", default: "1,2,3,4" },
      quick: { type: "boolean", default: false },
      out: { type: "string", default: "out" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const numbers = values.only.split(",").map((text) => text.trim());
  const unknown = numbers.find((text) => !/^[1-4]$/.test(text));
  if (unknown !== undefined) throw new Error(`--only ${values.only}: there is no example "${unknown}", only 1 to 4`);
  return { wanted: new Set(numbers.map(Number)), quick: values.quick, out: values.out };
}

async function main({ wanted, quick, out }: Arguments): Promise<void> {
  const started = performance.now();
  console.log(bold("Tapegrad, four examples") + (quick ? " (quick: shortened trainings)" : ""));
  const results = {
    ...(wanted.has(1) && { gradientCheck: perform(gradientCheckingPart, quick) }),
    ...(wanted.has(2) && { initialization: perform(initializationPart, quick) }),
    ...(wanted.has(3) && { regularization: perform(regularizationPart, quick) }),
    ...(wanted.has(4) && { digits: perform(digitsPart, quick) }),
  };
  const seconds = (performance.now() - started) / 1000;
  // The plotting library takes a moment to load, so not before there is something to plot.
  const { writeReport } = await import("./report/write-report.ts");
  const { page, json } = await writeReport({ ...results, quick, seconds }, out);
  console.log(`\n${bold("Report")} ${page}\n       ${json} ${dim(`(${seconds.toFixed(0)} s)`)}`);
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
