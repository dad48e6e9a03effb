import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): string => readFileSync(root + file, "utf8");

/** All files that git tracks or would track, so that a problem shows before its commit. */
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root })
  .toString()
  .split("\0")
  .filter((file) => file !== "" && existsSync(root + file) && statSync(root + file).isFile());

/** An absolute path into someone's machine; a web address is none. */
const machinePath = /(?<![\w.\-~*)}\]])(?:\/(?:root|home|work|farm|tmp|Users|mnt)\/\w|[A-Z]:\\+Users\b)/;
/** A host that packages are downloaded from: it belongs to a machine's settings, not to the project. */
const registryHost =
  /\bregistry\.[\w-]+\.(?:org|com|net|io|dev)\b|[n]pmmirror|[v]erdaccio|[a]rtifactory|registry"?\s*[=:]\s*"?https?[:]/i;
/** A download address in the lockfile. */
const downloadAddress = /\btarball:|\bresolved"?:|https?:\/\//;

/** `line: text` of the first line that matches. */
function firstMatch(text: string, pattern: RegExp): string | undefined {
  const lines = text.split("\n");
  const index = lines.findIndex((line) => pattern.test(line));
  return index === -1 ? undefined : `${index + 1}: ${lines[index]!.trim()}`;
}

const matches = (names: readonly string[], pattern: RegExp): string[] =>
  names.flatMap((file) => {
    const found = firstMatch(read(file), pattern);
    return found === undefined ? [] : [`${file}:${found}`];
  });

test("no file knows the machine that it was written on", () => {
  expect(files).toContain("package.json");
  expect(matches(files, machinePath)).toEqual([]);
});

test("no file names a package registry", () => {
  expect(matches(files, registryHost)).toEqual([]);
});

test("the lockfile holds no download address", () => {
  expect(matches(["pnpm-lock.yaml"], downloadAddress)).toEqual([]);
});

test("planted paths and hosts are found", () => {
  // Put together here, so that this file passes its own test.
  const path = (...parts: string[]): string => ["", ...parts].join("/");
  for (const text of [
    path("root", "x"),
    `"${path("home", "me")}"`,
    `cd ${path("work", "main")}`,
    ["C:", "Users", "me"].join("\\"),
  ]) {
    expect(text).toMatch(machinePath);
  }
  for (const text of [`https://example.com${path("home", "x")}`, `.${path("work", "x")}`, "a/root/b", "/usr/bin/env"]) {
    expect(text).not.toMatch(machinePath);
  }
  expect(["registry", "example", "org"].join(".")).toMatch(registryHost);
  expect(`registry${"="}https://packages.example`).toMatch(registryHost);
  expect("registry.operations.size; the registry of operations: https://example.com").not.toMatch(registryHost);
  expect("resolution: {integrity: sha512-x, tarball: x}").toMatch(downloadAddress);
});

test.each(readdirSync(`${root}packages`))("package %s states its licence and what it is", (name) => {
  const folder = `packages/${name}/`;
  expect(JSON.parse(read(`${folder}package.json`))).toMatchObject({ license: "MIT", description: expect.any(String) });
  expect(read(`${folder}LICENSE`)).toBe(read("LICENSE"));
  expect(read(`${folder}README.md`)).toContain(`# @tapegrad/${name}`);
});

test("a source file can be read in one sitting", () => {
  const lines = (file: string): number => read(file).split("\n").length - 1;
  const sources = files.filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file));
  const long = sources.filter((file) => lines(file) >= 400).map((file) => `${file}: ${lines(file)} lines; split it`);
  expect(long).toEqual([]);
});
