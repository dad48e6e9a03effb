/**
 * Packs every published package and uses the tarballs as a stranger would: a plain npm project outside the workspace
 * that imports every entry point and typechecks against the installed declarations. Needs a build; run it through
 * pnpm, as in `pnpm pack-check`.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { contentProblems } from "./pack-content.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (tool: string): string => join(root, "node_modules", ".bin", tool);
const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Runs a command and returns what it printed; on failure prints that and throws. */
function run(cwd: string, command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    console.error(`${stdout}${stderr}`);
    throw new Error(`failed: ${command} ${args.join(" ")}`);
  }
}

const listSources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"));

const folders = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .filter((folder) => existsSync(join(folder, "package.json")) && readManifest(folder).private !== true);
const manifests = folders.map(readManifest);
const scratch = mkdtempSync(join(tmpdir(), "tapegrad-pack-"));

try {
  const tarballs = folders.map((folder, i) => {
    const { name, version } = manifests[i]!;
    run(folder, "pnpm", "pack", "--pack-destination", scratch);
    const tarball = join(scratch, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
    const files = run(scratch, "tar", "-tzf", tarball).trim().split("\n");
    const problems = contentProblems(
      files.map((file) => file.replace(/^package\//, "")),
      listSources(join(folder, "src")),
    );
    if (problems.length > 0) throw new Error(`${name}:\n  ${problems.join("\n  ")}`);
    run(root, bin("publint"), "run", tarball, "--strict");
    run(root, bin("attw"), tarball, "--profile", "esm-only", "--no-definitely-typed");
    console.log(`${name}: ${files.length} files, contents and types in order`);
    return tarball;
  });

  const entries = manifests.flatMap(({ name, exports }) => Object.keys(exports).map((key) => name + key.slice(1)));
  const peers = manifests.flatMap(({ peerDependencies = {} }) =>
    Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`),
  );
  const consumer = join(scratch, "consumer");
  mkdirSync(consumer);
  const write = (file: string, text: string): void => writeFileSync(join(consumer, file), text);
  write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
  write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions: {
        module: "NodeNext",
        target: "ES2022",
        lib: ["ES2023"],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      },
      files: ["consumer.ts"],
    }),
  );
  const imports = entries.map((entry, i) => `import * as entry${i} from ${JSON.stringify(entry)};`);
  const list = `[${entries.map((_, i) => `entry${i}`).join(", ")}]`;
  write("consumer.ts", `${imports.join("\n")}\nexport const entries: readonly object[] = ${list};\n`);
  write("consumer.js", `${imports.join("\n")}\nconsole.log(${list}.map((e) => Object.keys(e).length).join(" "));\n`);
  run(consumer, "npm", "install", "--no-audit", "--no-fund", ...tarballs, ...peers);
  const counts = run(consumer, process.execPath, "consumer.js").trim().split(" ");
  for (const [i, entry] of entries.entries()) console.log(`import ${entry}: ${counts[i]} exports`);
  run(consumer, bin("tsc"), "-p", "tsconfig.json");
  console.log("a strict consumer typechecks against the installed declarations");
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
