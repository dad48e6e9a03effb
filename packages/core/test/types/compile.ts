import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Compiled {
  /** What tsc printed: diagnostics, then figures. */
  readonly output: string;
  /** The time that tsc itself says it checked for. */
  readonly checkSeconds: number;
  readonly totalSeconds: number;
}

/** Runs tsc on a project file, whether or not it finds errors. */
export function typecheck(project: string): Compiled {
  const args = [`${root}node_modules/typescript/bin/tsc`, "-p", project, "--extendedDiagnostics", "--pretty", "false"];
  let output: string;
  try {
    output = execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", stdio: "pipe", maxBuffer: 2 ** 27 });
  } catch (error) {
    output = (error as { stdout?: string }).stdout ?? "";
  }
  const seconds = (figure: string): number => Number(output.match(RegExp(`${figure} time:\\s+([\\d.]+)s`))?.[1]);
  return { output, checkSeconds: seconds("Check"), totalSeconds: seconds("Total") };
}

/** Compiles a source that imports `./functions.ts`, in a folder that git ignores. */
export function compile(name: string, source: string): Compiled {
  const folder = `${root}out/types/${name}/`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    `${folder}source.ts`,
    source.replaceAll(/"\.\.?\/[\w./-]+"/g, (path) => `"../../../packages/core/test/types/${path.slice(1, -1)}"`),
  );
  writeFileSync(
    `${folder}tsconfig.json`,
    JSON.stringify({ extends: "../../../tsconfig.json", include: ["source.ts"] }),
  );
  return typecheck(`${folder}tsconfig.json`);
}

/** A mistake of `rejected.test-d.ts`. */
export interface Mistake {
  readonly line: number;
  readonly code: string;
  /** The message that the compiler must print; `undefined` where its own words do. */
  readonly message: string | undefined;
  /** What the compiler printed. */
  readonly printed: string;
}

/** Every mistake of `rejected.test-d.ts`, with what the compiler says to it. */
export function mistakes(): readonly Mistake[] {
  const lines = readFileSync(new URL("rejected.test-d.ts", import.meta.url), "utf8").split("\n");
  const bare = lines.map((line) => line.replace("@ts-expect-error", "expected"));
  const { output } = compile("rejected", bare.join("\n"));
  // A diagnostic begins with its place; further lines are indented.
  const printed = new Map<number, string>();
  for (const [text, line] of output.matchAll(/^\S*source\.ts\((\d+),\d+\): error .*(?:\n .*)*/gm)) {
    printed.set(Number(line), `${printed.get(Number(line)) ?? ""}${text}\n`);
  }
  return lines.flatMap((text, i) => {
    const reason = text.match(/@ts-expect-error - (.*)/)?.[1];
    if (reason === undefined) return [];
    const message = reason.match(/^`(.*)`$/)?.[1];
    return [{ line: i + 1, code: lines[i + 1] ?? "", message, printed: printed.get(i + 2) ?? "" }];
  });
}
