import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Html } from "../report/html.ts";
import { type Progress, progressBars, silent } from "./progress.ts";
import { green, heading, red } from "./terminal.ts";

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

/** What an example states that its full run comes to. */
export interface Claim {
  /** With the number that the run came to: "98.4% of the test set, 98% and more". */
  readonly text: string;
  readonly holds: boolean;
}

/** What the page and the file of numbers show of a result. */
export interface Report<Result> {
  readonly card: (result: Result) => Html;
  readonly section: (result: Result, quick: boolean) => Html | Promise<Html>;
  /** Numbers for programs to read. */
  readonly json: (result: Result) => unknown;
}

/** One numbered example. */
export interface Part<Result> {
  readonly number: number;
  /** The name of its numbers in `report.json`. */
  readonly id: string;
  readonly title: string;
  /** Whether it trains, which a quick run cuts short. */
  readonly trains?: boolean;
  readonly run: (options: PartOptions) => Result;
  /** Prints the result as tables. */
  readonly print: (result: Result) => void;
  readonly claims: (result: Result) => readonly Claim[];
  /** Loaded when there is something to show: plotting takes a moment to load. */
  readonly report: () => Promise<Report<Result>>;
}

/** An example that was run, and what there is to show of it. */
export interface Performed {
  readonly number: number;
  readonly id: string;
  /** Whether all that it states holds. */
  readonly holds: boolean;
  readonly report: () => Promise<{ readonly card: Html; readonly section: Html; readonly json: unknown }>;
}

/** An example in a list of examples, whatever its result is. */
export interface Listed {
  readonly number: number;
  readonly title: string;
  readonly perform: (quick: boolean) => Performed;
}

export const listed = <Result>(part: Part<Result>): Listed => ({
  number: part.number,
  title: part.title,
  perform: (quick) => {
    const result = perform(part, quick);
    return {
      ...shown(part, result, quick),
      holds: quick || part.claims(result).every(({ holds }) => holds),
    };
  },
});

/** What there is to show of a result. */
export const shown = <Result>(part: Part<Result>, result: Result, quick: boolean): Omit<Performed, "holds"> => ({
  number: part.number,
  id: part.id,
  report: async () => {
    const { card, section, json } = await part.report();
    return { card: card(result), section: await section(result, quick), json: json(result) };
  },
});

/** Runs an example, with its heading, bars, tables and what it states. */
function perform<Result>({ number, title, trains, run, print, claims }: Part<Result>, quick: boolean): Result {
  heading(number, title);
  const result = run({ quick, progress: progressBars() });
  print(result);
  if (quick && trains) {
    console.log(red("  Quick run: trainings were cut short; the numbers are not those of the full run."));
  } else for (const { text, holds } of claims(result)) console.log(`  ${holds ? green("✓") : red("✗")} ${text}`);
  return result;
}

/** Performs an example if its file is the one that Node was started with. */
export function runAlone<Result>(fileUrl: string, part: Part<Result>): void {
  if (process.argv[1] === undefined || pathToFileURL(process.argv[1]).href !== fileUrl) return;
  const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
  if (!listed(part).perform(values.quick).holds) process.exitCode = 1;
}
