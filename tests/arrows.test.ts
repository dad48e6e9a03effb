import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/**
 * What the sources of each package may import from outside. A `confined` package is an optional peer: only the entry
 * named here (`src/ENTRY.ts` and `src/ENTRY/`) imports it, and nothing else imports that entry.
 */
const packages: Readonly<Record<string, { uses: readonly string[]; confined: Readonly<Record<string, string>> }>> = {
  core: { uses: [], confined: {} },
  nn: { uses: ["@tapegrad/core"], confined: {} },
  optim: { uses: ["@tapegrad/core", "immer"], confined: {} },
  gradcheck: { uses: ["@tapegrad/core"], confined: { "fast-check": "property", vitest: "vitest" } },
};

/** The layers of core: a file imports from its own layer and from those above it in this list, types included. */
const coreLayers: readonly (readonly string[])[] = [
  ["errors.ts", "options.ts", "shape.ts", "dtype.ts", "show-values.ts", "*-types.ts"],
  ["tensor.ts"],
  ["signatures.ts"],
  ["create.ts", "key.ts"],
  ["wasm/"],
  ["kernels/"],
  ["tape.ts", "anomaly.ts"],
  ["op.ts", "program.ts", "cost.ts"],
  ["ops/"],
  ["composites/"],
  ["tree.ts", "random.ts", "transforms/"],
  ["compile/"],
  ["inspect.ts", "methods.ts"],
  ["functions.ts"],
  ["index.ts"],
];

interface Source {
  /** Relative to the packages folder, as in `core/src/tensor.ts`. */
  readonly file: string;
  readonly source: string;
}

/** The module specifiers of all imports and re-exports, `import("...")` included; comments do not count. */
function importsOf(source: string): string[] {
  const strings = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/.source;
  const code = source.replace(
    new RegExp(`(${strings})|/\\*[\\s\\S]*?\\*/|//[^\\n]*`, "g"),
    (_, kept: string | undefined) => kept ?? "",
  );
  const statements = code.matchAll(/^[ \t]*(?:import|export)\b(?:[^"';]*?\bfrom)?\s*["']([^"']+)["']/gm);
  const calls = code.matchAll(/\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g);
  return [...statements, ...calls].map((match) => match[1]!);
}

/** `@tapegrad/core` for `@tapegrad/core/functions`. */
const packageOf = (specifier: string): string => specifier.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? specifier;

/** The index in `coreLayers` of a path below core/src, or -1. */
const layerOf = (path: string): number =>
  coreLayers.findIndex((patterns) =>
    patterns.some((pattern) => {
      if (pattern.endsWith("/")) return path.startsWith(pattern);
      if (pattern.startsWith("*")) return !path.includes("/") && path.endsWith(pattern.slice(1));
      return path === pattern;
    }),
  );

/** The optional entry of a package that a path below its src belongs to, if any. */
function entryOf(name: string, path: string): string | undefined {
  return Object.values(packages[name]!.confined).find((e) => path === `${e}.ts` || path.startsWith(`${e}/`));
}

/** Everything that one file imports and should not. */
function violationsOf({ file, source }: Source): string[] {
  const [name = "", , ...rest] = file.split("/");
  const path = rest.join("/");
  const rules = packages[name];
  if (rules === undefined)
    return [`${file}: no rules for this package; add it to \`packages\` in tests/arrows.test.ts`];
  const layer = name === "core" ? layerOf(path) : 0;
  if (layer === -1) return [`${file} is in no layer; add it to \`coreLayers\` in tests/arrows.test.ts`];

  return importsOf(source).flatMap((specifier) => {
    const refuse = (reason: string): string[] => [`${file} imports "${specifier}": ${reason}`];
    if (!specifier.startsWith(".")) {
      const wanted = packageOf(specifier);
      const entry = rules.confined[wanted];
      if (entry !== undefined) return entryOf(name, path) === entry ? [] : refuse(`only src/${entry}.ts may`);
      return rules.uses.includes(wanted) ? [] : refuse(`${name} may use ${rules.uses.join(", ") || "nothing"}`);
    }
    const target = posix.join(posix.dirname(file), specifier);
    if (!target.startsWith(`${name}/src/`)) return refuse("a relative import stays inside src");
    const targetPath = target.slice(`${name}/src/`.length);
    const entry = entryOf(name, targetPath);
    if (entry !== undefined && entryOf(name, path) !== entry)
      return refuse(`it is part of the optional entry ${entry}`);
    if (name === "core" && layerOf(targetPath) > layer) {
      return refuse(`layer ${layer + 1} of core may not use layer ${layerOf(targetPath) + 1}`);
    }
    return [];
  });
}

const folder = fileURLToPath(new URL("../packages/", import.meta.url));
const folderNames = readdirSync(folder);
const sources: Source[] = folderNames.flatMap((name) =>
  readdirSync(`${folder}${name}/src`, { recursive: true, encoding: "utf8" })
    .map((path) => `${name}/src/${path.replaceAll("\\", "/")}`)
    .filter((file) => /\.[cm]?[jt]s$/.test(file))
    .map((file) => ({ file, source: readFileSync(folder + file, "utf8") })),
);

test("every import follows the arrows", () => {
  expect(sources.length).toBeGreaterThan(0);
  expect(sources.flatMap(violationsOf)).toEqual([]);
});

test.each(folderNames)("the dependencies of %s are the packages that it may use", (name) => {
  const rules = packages[name] ?? { uses: [], confined: {} };
  const manifest = JSON.parse(readFileSync(`${folder}${name}/package.json`, "utf8"));
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  expect(Object.keys(dependencies).sort()).toEqual([...rules.uses].sort());
  expect(Object.keys(peerDependencies).sort()).toEqual(Object.keys(rules.confined).sort());
  for (const peer of Object.keys(peerDependencies)) expect(peerDependenciesMeta[peer]).toEqual({ optional: true });

  const own = sources.filter(({ file }) => file.startsWith(`${name}/`));
  const imported = own.flatMap(({ source }) => importsOf(source).filter((specifier) => !specifier.startsWith(".")));
  const unused = [...rules.uses, ...Object.keys(rules.confined)].filter((d) => !imported.map(packageOf).includes(d));
  // A package that imports nothing at all has not been written yet.
  if (imported.length > 0) expect(unused, "declared, but never imported").toEqual([]);
});

test("all ways to import are seen, comments are not", () => {
  const source = `
    import a from "one";
    import type { B } from 'two';
    import {
      c,
      type D,
    } from "three";
    import "four";
    export * from "five";
    export { e } from "six";
    const lazy = import("seven");
    type F = import("eight").F;
    // import x from "comment";
    /* import("comment") */ const from = "text // not a comment"; await import("nine");
    export const text = "eleven";
  `;
  expect(importsOf(source).sort()).toEqual("eight five four nine one seven six three two".split(" "));
});

test("planted violations are found", () => {
  const planted = (file: string, specifier: string): string | undefined =>
    violationsOf({ file, source: `import type { X } from "${specifier}";` })[0];
  expect(planted("core/src/tape.ts", "./op.ts")).toMatch(/of core may not use layer/);
  expect(planted("core/src/ops/reduce.ts", "../composites/softmax.ts")).toMatch(/of core may not use layer/);
  expect(planted("core/src/kernels/wasm/pool.ts", "node:worker_threads")).toMatch(/core may use nothing/);
  expect(planted("core/src/tensor.ts", "@tapegrad/nn")).toMatch(/core may use nothing/);
  expect(planted("core/src/utils.ts", "./shape.ts")).toMatch(/in no layer; add it to `coreLayers`/);
  expect(planted("nn/src/linear.ts", "@tapegrad/optim")).toMatch(/nn may use @tapegrad\/core/);
  expect(planted("optim/src/adam.ts", "@tapegrad/nn")).toMatch(/optim may use @tapegrad\/core, immer/);
  expect(planted("nn/src/linear.ts", "../../core/src/tensor.ts")).toMatch(/stays inside src/);
  expect(planted("gradcheck/src/check.ts", "fast-check")).toMatch(/only src\/property.ts may/);
  expect(planted("gradcheck/src/index.ts", "./property.ts")).toMatch(/part of the optional entry property/);
  expect(planted("gradcheck/src/property.ts", "vitest")).toMatch(/only src\/vitest.ts may/);
  expect(planted("gradcheck/src/vitest.ts", "fast-check")).toMatch(/only src\/property.ts may/);
  expect(planted("gradcheck/src/index.ts", "./vitest.ts")).toMatch(/part of the optional entry vitest/);
  expect(planted("gradcheck/src/vitest.ts", "./property/tapes.ts")).toMatch(/part of the optional entry property/);
  expect(planted("other/src/index.ts", "@tapegrad/core")).toMatch(/no rules for this package/);
});

test("what the arrows allow passes", () => {
  const allowed: Source[] = [
    { file: "core/src/ops/reduce.ts", source: `import { x } from "./movement.ts"; export * from "../op.ts";` },
    { file: "core/src/shape-types.ts", source: `import type { Shape } from "./shape.ts";` },
    { file: "core/src/functions.ts", source: `export * from "./transforms/grad.ts";` },
    { file: "optim/src/adam.ts", source: `import { produce } from "immer"; import("@tapegrad/core/functions");` },
    { file: "gradcheck/src/property.ts", source: `import fc from "fast-check"; import "./property/tapes.ts";` },
    { file: "gradcheck/src/vitest.ts", source: `import { expect } from "vitest"; import "./check-gradients.ts";` },
  ];
  expect(allowed.flatMap(violationsOf)).toEqual([]);
});
