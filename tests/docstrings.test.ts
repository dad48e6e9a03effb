import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as core from "@tapegrad/core";
import * as functions from "@tapegrad/core/functions";
import * as gradcheck from "@tapegrad/gradcheck";
import * as property from "@tapegrad/gradcheck/property";
import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import fc from "fast-check";
import * as immer from "immer";
import { afterAll, expect, test } from "vitest";

const packages = fileURLToPath(new URL("../packages", import.meta.url));
const folder = fileURLToPath(new URL(`../out/docstrings-${process.pid}`, import.meta.url));
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Example {
  readonly file: string;
  readonly where: string;
  readonly code: string;
}

/** The code after each `@example` of a source file. */
function examplesIn(file: string): Example[] {
  const source = readFileSync(`${packages}/${file}`, "utf8");
  return [...source.matchAll(/^ *\* @example\n((?: *\*(?!\/| @).*\n)+)/gm)].map((match) => ({
    file,
    where: `${file}:${source.slice(0, match.index).split("\n").length}`,
    code: match[1]!.replaceAll(/^ *\* ?/gm, ""),
  }));
}

const LITERAL = String.raw`-?\d[\d.]*(?:e[-+]?\d+)?|-?Infinity|NaN|true|false|null|undefined|"[^"]*"|\[.*\]`;

/** `expression; // value` becomes a comparison; other comments are for the reader. */
function withComparisons(code: string): string {
  const line = new RegExp(String.raw`^(?!const |let |//)(\S.*);\s*// (${LITERAL})(?:,.*)?$`, "gm");
  return code.replaceAll(line, (_, expression, value) => `same(${expression}, ${value});`);
}

/** What an example may use without an import; besides it, what its own file exports. */
const everywhere: Record<string, unknown> = {
  ...core,
  ...nn,
  ...optim,
  ...gradcheck,
  ...property,
  ...immer,
  fc,
  expect,
};

/** An example as a module of its own, so that one that does not even parse fails alone. */
function asModule({ code }: Example, known: object): string {
  const body = withComparisons(
    code.replaceAll(/^(?:import|export) /gm, (word) => (word === "export " ? "" : "// import ")),
  );
  const declared = new Set(
    [...body.matchAll(/\b(?:(?:const|let|function|class) +(\w+)|(?:const|let) +[[{]([^=]*)[\]}] *=)/g)].flatMap(
      ([, name, names]) => name ?? names!.split(",").map((item) => item.split(":").at(-1)!.trim()),
    ),
  );
  const used = new Set(body.match(/[A-Za-z_]\w*/g));
  const taken = Object.keys(known).filter((name) => used.has(name) && !declared.has(name));
  return `// @ts-nocheck\nexport const run = async (known, same) => {\nconst { ${taken.join(", ")} } = known;\n${body}\n};\n`;
}

const files = (readdirSync(packages, { recursive: true }) as string[]).filter((file) =>
  /^\w+\/src\/.*\.ts$/.test(file),
);
const examples = files.sort().flatMap(examplesIn);

function same(actual: unknown, value: unknown): void {
  const plain = core.isTensor(actual)
    ? actual.toArray()
    : ArrayBuffer.isView(actual)
      ? Array.from(actual as Float64Array)
      : actual;
  expect(plain).toEqual(value);
}

test("every example in a docstring runs, and gives what its comment says", async () => {
  const failures: string[] = [];
  for (const [i, example] of examples.entries()) {
    try {
      const known = { ...everywhere, ...((await import(/* @vite-ignore */ `${packages}/${example.file}`)) as object) };
      writeFileSync(`${folder}/${i}.ts`, asModule(example, known));
      const { run } = (await import(/* @vite-ignore */ `${folder}/${i}.ts`)) as {
        run: (...args: unknown[]) => Promise<void>;
      };
      await run(known, same);
    } catch (error) {
      failures.push(`${example.where}: ${(error as Error).message.split("\n").slice(0, 6).join(" | ")}`);
    }
  }
  expect(failures).toEqual([]);
  expect(examples.length).toBeGreaterThan(150);
});

/** A value that a source file exports, and the text of its docstring. */
interface Exported {
  readonly file: string;
  readonly name: string;
  readonly isClass: boolean;
  readonly docstring: string;
}

/** What a source file exports under a name of its own; of overloads, the first. */
function exportedBy(file: string): Exported[] {
  const source = readFileSync(`${packages}/${file}`, "utf8");
  const pattern =
    /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^export (?:abstract |async )?(const|let|function|class) (\w+)/gm;
  const found = [...source.matchAll(pattern)].map(([, docstring = "", kind, name]) => {
    return { file, name: name!, isClass: kind === "class", docstring };
  });
  return found.filter(({ name }, i) => found.findIndex((other) => other.name === name) === i);
}

const exported = files.flatMap(exportedBy);

/** Where a public value is defined: several files may export the name, one of them the value. */
async function definitionOf(name: string, value: unknown): Promise<Exported | undefined> {
  for (const candidate of exported.filter((one) => one.name === name)) {
    const { [name]: own } = (await import(/* @vite-ignore */ `${packages}/${candidate.file}`)) as Record<
      string,
      unknown
    >;
    if (own === value) return candidate;
  }
  return undefined;
}

/** What a docstring lacks, of a value, an example where it can be called, and the errors that its samples show. */
function lacksOf(value: unknown, { docstring, isClass }: Exported): string[] {
  if (docstring.trim() === "") return ["docstring"];
  const refuses = core.isChecked(value) && (value.definition.errors ?? []).length > 0;
  return [
    ...(typeof value === "function" && !isClass && !docstring.includes("@example") ? ["@example"] : []),
    ...(refuses && !docstring.includes("@throws") ? ["@throws"] : []),
  ];
}

test("what is public has a docstring, with an example where it can be called and the errors that it throws", async () => {
  const { init, streaming, ...modules } = nn;
  const values = [functions, modules, init, streaming, optim, gradcheck, property].flatMap((entry) =>
    Object.entries(entry),
  );
  const failures: string[] = [];
  for (const [name, value] of values) {
    const definition = await definitionOf(name, value);
    const lacks = definition === undefined ? ["definition in a source file"] : lacksOf(value, definition);
    failures.push(...lacks.map((what) => `${definition?.file ?? ""} ${name}: no ${what}`));
  }
  expect(failures).toEqual([]);
  expect(values.length).toBeGreaterThan(300);
});

test("a docstring that lacks something is found", () => {
  const about = { file: "", name: "f", isClass: false, docstring: "Twice x.\n" };
  expect(lacksOf(core.exp, { ...about, docstring: "" })).toEqual(["docstring"]);
  expect(lacksOf(core.add, about)).toEqual(["@example", "@throws"]);
  expect(lacksOf(core.Tensor, { ...about, isClass: true })).toEqual([]);
  expect(lacksOf(core.add, { ...about, docstring: "@throws ShapeError @example add(a, b)" })).toEqual([]);
});
