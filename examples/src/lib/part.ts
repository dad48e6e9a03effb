import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type Progress, progressBars, silent } from "./progress.ts";
import { heading, red } from "./terminal.ts";

/** How an example is run. */
export interface PartOptions {
  /** Fewer steps, to see whether everything works. The numbers are then not the published ones. */
  readonly quick?: boolean;
  readonly progress?: Progress;
}

/** The options with what is missing filled in. */
export function withDefaults({ quick = false, progress = silent }: PartOptions): Required<PartOptions> {
  return { quick, progress };
}

/** One numbered example. */
export interface Part<Result> {
  readonly number: number;
  readonly title: string;
  /** Whether it trains, which a quick run cuts short. */
  readonly trains?: boolean;
  readonly run: (options: PartOptions) => Result;
  /** Prints the result as tables. */
  readonly print: (result: Result) => void;
}

/** Runs an example, with its heading, bars and tables. */
export function perform<Result>({ number, title, trains, run, print }: Part<Result>, quick: boolean): Result {
  heading(number, title);
  const result = run({ quick, progress: progressBars() });
  print(result);
  if (quick && trains)
    console.log(red("  Quick run: trainings were cut short; the numbers are not those of the full run."));
  return result;
}

/** Performs an example if its file is the one that Node was started with. */
export function runAlone<Result>(fileUrl: string, part: Part<Result>): void {
  if (process.argv[1] === undefined || pathToFileURL(process.argv[1]).href !== fileUrl) return;
  const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
  perform(part, values.quick);
}
