import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type Progress, progressBars, silent } from "./progress.ts";

/** How an example is run. */
export interface PartOptions {
  /** Fewer steps, to look whether everything works. The numbers are then not the published ones. */
  readonly quick?: boolean;
  readonly progress?: Progress;
}

/** The options with what is missing filled in. */
export function withDefaults({ quick = false, progress = silent }: PartOptions): Required<PartOptions> {
  return { quick, progress };
}

/** Runs an example and prints its result, if its file is the one that Node was started with. */
export function runAlone<Result>(
  fileUrl: string,
  run: (options: PartOptions) => Result,
  print: (result: Result) => void,
): void {
  if (process.argv[1] === undefined || pathToFileURL(process.argv[1]).href !== fileUrl) return;
  const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
  const progress = progressBars();
  const result = run({ quick: values.quick, progress });
  progress.stop();
  print(result);
}
