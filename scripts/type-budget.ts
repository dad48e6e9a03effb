/**
 * Measures what the types cost and asserts that it stays within budget:
 * (a) the check time of 1,000 calls over 20 distinct sizes, (b) a typecheck of the whole workspace, (c) the messages
 * that mistakes print. Run it as `node --import tsx scripts/type-budget.ts`.
 */
import { fileURLToPath } from "node:url";
import { compile, mistakes, typecheck } from "../packages/core/test/types/compile.ts";

const CALLS = 1000;
const CALLS_BUDGET_SECONDS = 1;
const WORKSPACE_BUDGET_SECONDS = 3;
/** Times are the best of this many runs: noise only ever adds. */
const RUNS = 3;

const sizes = [1, 2, 3, 4, 5, 7, 8, 10, 12, 16, 28, 32, 48, 64, 100, 128, 256, 512, 784, 1024];

/** Ten calls, as a model makes them, over sizes that differ from block to block. */
function block(i: number): string {
  const size = (step: number): number => sizes[(i * 7 + step * 3 + Math.floor(i / sizes.length)) % sizes.length]!;
  const [batch, inputs, hidden, outputs] = [size(0), size(1), size(2), size(3)];
  return `
  const x${i} = t.zeros([${batch}, ${inputs}]);
  const h${i} = t.linear(x${i}, t.zeros([${hidden}, ${inputs}]), t.zeros([${hidden}]));
  const r${i} = t.exp(t.add(h${i}, t.mul(h${i}, 0.5)));
  const y${i} = t.matmul(r${i}, t.zeros([${hidden}, ${outputs}]));
  t.sum(t.softmax(y${i}), 0, { keepdims: true });
  t.reshape(y${i}, [${outputs}, ${batch}]);
  t.div(t.sub(y${i}, t.mean(y${i}, -1, { keepdims: true })), t.transpose(t.expandDims(t.zeros([${batch}]), 0)));
  t.concat([x${i}, x${i}], 1);
  const s${i}: F32<readonly [${batch}, ${outputs}]> = y${i};
`;
}

const source = (calls: string): string => `
import * as t from "./functions.ts";
import type { F32 } from "./functions.ts";
${calls}
export type { F32, t };
`;

const best = (measure: () => number): number => Math.min(...Array.from({ length: RUNS }, measure));

const perBlock = block(0).match(/\bt\.\w+\(/g)!.length;
const calls = Array.from({ length: Math.ceil(CALLS / perBlock) }, (_, i) => block(i)).join("");
const check = (name: string, text: string): number =>
  best(() => {
    const { output, checkSeconds } = compile(name, text);
    if (output.includes("error TS")) throw new Error(`${name} does not compile:\n${output.slice(0, 2000)}`);
    return checkSeconds;
  });
const empty = check("empty", source(""));
const added = check("calls", source(calls)) - empty;
const workspace = best(() => typecheck(fileURLToPath(new URL("../tsconfig.json", import.meta.url))).totalSeconds);
const found = mistakes();
const silent = found.filter(({ message, printed }) => printed === "" || (message && !printed.includes(`"${message}"`)));

const problems: string[] = [];
function report(what: string, seconds: number, budget: number): void {
  console.log(`${what}: ${seconds.toFixed(3)} s of ${budget} s`);
  if (seconds > budget) problems.push(`${what} is over budget`);
}
console.log(
  `${calls.match(/\bt\.\w+\(/g)!.length} calls over ${sizes.length} sizes, beside ${empty.toFixed(3)} s for none`,
);
report("added check time", added, CALLS_BUDGET_SECONDS);
report("typecheck of the workspace", workspace, WORKSPACE_BUDGET_SECONDS);
console.log(`${found.length - silent.length} of ${found.length} mistakes explain themselves`);
for (const { line, code, message, printed } of silent) {
  problems.push(`rejected.test-d.ts:${line}: ${code} prints no "${message}" but\n${printed}`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
