export { type Compiled, type CompileOptions, compile, setCompilation } from "./compile.ts";
export type { ExplainedUnit, Explanation } from "./explain.ts";
export { snapshot } from "./snapshot.ts";
