import { compile } from "@tapegrad/core";

/** Whether this process shows compiled programs: training by `trainingStep`, functions by `compile`. */
export const compiles: boolean = process.argv.includes("--compiled");

/** The function, compiled where this process is to show that. */
export const staged: <Args extends unknown[], Out>(f: (...args: Args) => Out) => (...args: Args) => Out = compiles
  ? (f) => compile(f)
  : (f) => f;
