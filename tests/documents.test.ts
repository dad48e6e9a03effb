import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isChecked } from "@tapegrad/core";
import { checkOps } from "@tapegrad/gradcheck";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}out/documents-${process.pid}`;
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The TypeScript blocks of a document. */
function blocksOf(document: string): string[] {
  const text = readFileSync(`${root}${document}`, "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code!);
}

/** A block that imports what it needs, and asserts what its comments say of the values of single expressions. */
function asProgram(code: string): string {
  const checked = code.replaceAll(
    /^(\S.*);\s*\/\/ (-?[\d.]+(?:e-?\d+)?|\[.*\]|true|false)$/gm,
    (_, expression, value) => {
      return `if (JSON.stringify(${expression}) !== JSON.stringify(${value})) throw new Error(${JSON.stringify(`${expression} is not ${value}`)});`;
    },
  );
  return `${checked}\nexport {};\n`;
}

function run(file: string): string {
  const options = ["--conditions=@tapegrad/source", "--import", "tsx"];
  return execFileSync(process.execPath, [...options, file], { encoding: "utf8", cwd: root });
}

describe("code in the documents runs", () => {
  test("the first screen of the README trains a network", () => {
    const [code] = blocksOf("README.md");
    writeFileSync(`${folder}/readme.ts`, asProgram(code!));
    expect(Number(run(`${folder}/readme.ts`))).toBeGreaterThan(0.9);
  });

  // All in one process: to start one takes longer than the blocks of a document.
  test("the guides, each block by itself", () => {
    const guides = ["how-it-works", "gradient-checking", "compile"].map((guide) =>
      blocksOf(`docs/${guide}.md`).map((code, i) => {
        writeFileSync(`${folder}/${guide}-${i}.ts`, asProgram(code));
        return `import "./${guide}-${i}.ts";`;
      }),
    );
    writeFileSync(`${folder}/all.ts`, guides.flat().join("\n"));
    const printed = run(`${folder}/all.ts`);
    // What the page shows as the printed tape is what is printed.
    const shown = blocksOf("docs/how-it-works.md")[0]!
      .split("\n")
      .filter((line) => line.startsWith("// %"))
      .map((line) => line.slice(3).replaceAll(/ +/g, " "));
    expect(shown.length).toBeGreaterThan(0);
    for (const line of shown) expect(printed.replaceAll(/ +/g, " ")).toContain(line);
    expect(printed).toMatch(/^pass: the gradient agrees with its differences/m);
    expect(printed).toMatch(/^unit +way +operations/m);
  });
});

test("code in the documents type-checks", () => {
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: { rewriteRelativeImportExtensions: false, allowImportingTsExtensions: true },
    include: ["*.ts"],
  };
  for (const [document, name] of [
    ["README.md", "readme"],
    ["docs/how-it-works.md", "how"],
    ["docs/gradient-checking.md", "check"],
    ["docs/compile.md", "compile"],
  ] as const) {
    blocksOf(document).forEach((code, i) => {
      writeFileSync(`${folder}/typed-${name}-${i}.ts`, `${code}\nexport {};\n`);
    });
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ ...config, include: ["typed-*.ts"] }));
  const { status, stdout } = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", folder], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(0);
});

describe("a newcomer adds an operation by touching one file", () => {
  const [operation, composite] = blocksOf("CONTRIBUTING.md");

  /** A family of core with something appended, as a module outside the sources. */
  async function familyWith(family: string, addition: string): Promise<Record<string, unknown>> {
    // Someone who follows the guide has the addition in the family already.
    const source = readFileSync(`${root}packages/core/src/${family}`, "utf8").replace(addition, "");
    const directory = family.replace(/[^/]*$/, "");
    const absolute = `${source}\n${addition}`
      .replaceAll(/from "\.\.\//g, `from "${root}packages/core/src/`)
      .replaceAll(/from "\.\//g, `from "${root}packages/core/src/${directory}`);
    const file = `${folder}/${family.replaceAll("/", "-")}`;
    writeFileSync(file, absolute);
    return import(/* @vite-ignore */ file);
  }

  test("the primitive of the guide passes every check", async () => {
    const family = await familyWith("ops/activation.ts", operation!);
    const report = checkOps({ logCosh: family.logCosh });
    expect(report.failures).toEqual([]);
    expect(report.checks).toBeGreaterThan(20);
  });

  test("the composite of the guide passes every check", async () => {
    const family = await familyWith("composites/statistics.ts", composite!);
    expect(checkOps({ meanSquare: family.meanSquare }).failures).toEqual([]);
  });
});

test("core's README counts its primitives and composites", async () => {
  const families = [
    await import("../packages/core/src/ops/index.ts"),
    await import("../packages/core/src/composites/index.ts"),
  ];
  const [primitives, composites] = families.map((family) => Object.values(family).filter(isChecked).length);
  const text = readFileSync(`${root}packages/core/README.md`, "utf8");
  expect(text).toContain(`the ${primitives} primitives`);
  expect(text).toContain(`the ${composites} \`composites\``);
});
