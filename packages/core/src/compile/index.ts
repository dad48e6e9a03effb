export { type Compiled, type CompileOptions, compile, setCompilation } from "./compile.ts";
export type { ExplainedUnit, ExplainOptions, Explanation } from "./explain.ts";
export { snapshot } from "./snapshot.ts";
