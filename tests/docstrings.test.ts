import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as core from "@tapegrad/core";
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
const everywhere: Record<string, unknown> = { ...core, ...nn, ...optim, ...gradcheck, ...property, ...immer, fc };

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
