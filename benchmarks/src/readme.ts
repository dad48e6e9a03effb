import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type RaceResult, resultsFolder } from "./race/results.ts";
import { coldTable, conditions, cpuTable, memoryTable, warmTable } from "./race/tables.ts";
import { type CompileResult, callsTable, firstCallTable, memoryOfStepsTable } from "./suites/compile/results.ts";

const readme = fileURLToPath(new URL("../README.md", import.meta.url));

/** What stands between `<!-- table:NAME -->` and `<!-- /table -->`, by name, from a file of results. */
type Tables<Result> = Readonly<Record<string, (result: Result) => string>>;

const race: Tables<RaceResult> = {
  "race-conditions": conditions,
  "race-warm": warmTable,
  "race-cpu": cpuTable,
  "race-cold": coldTable,
  "race-memory": memoryTable,
};
const layers: Tables<RaceResult> = {
  "layers-conditions": conditions,
  "layers-warm": warmTable,
  "layers-cpu": cpuTable,
};
const growth: Tables<RaceResult> = { "growth-conditions": conditions, growth: warmTable };
const compile: Tables<CompileResult> = {
  "compile-conditions": ({ date, load }) =>
    `As measured on ${date.slice(0, 10)} at a load of ${load.map((value) => value.toFixed(1)).join(" to ")}.`,
  "compile-calls": callsTable,
  "compile-first": firstCallTable,
  "compile-memory": memoryOfStepsTable,
};

/** Writes the tables of the README anew, from what was measured last; where nothing was, the old ones stay. */
export function writeReadme(): void {
  let text = readFileSync(readme, "utf8");
  const fill = <Result>(file: string, tables: Tables<Result>): void => {
    const path = `${resultsFolder}${file}.json`;
    if (!existsSync(path)) {
      console.log(`There is no ${file}.json: its tables stay as they are.`);
      return;
    }
    const result = JSON.parse(readFileSync(path, "utf8")) as Result;
    for (const [name, table] of Object.entries(tables)) text = replaceTable(text, name, table(result));
  };
  fill("race", race);
  fill("layers", layers);
  fill("growth", growth);
  fill("compile", compile);
  writeFileSync(readme, text);
}

/** @throws Error where the text has no such table. */
export function replaceTable(text: string, name: string, table: string): string {
  const begin = `<!-- table:${name} -->`;
  const start = text.indexOf(begin);
  const end = text.indexOf("<!-- /table -->", start);
  if (start < 0 || end < 0) throw new Error(`the README has no ${begin} with <!-- /table --> after it; put both in`);
  return `${text.slice(0, start)}${begin}\n\n${table}\n\n${text.slice(end)}`;
}
