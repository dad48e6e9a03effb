import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const peers = fileURLToPath(new URL("../../peers", import.meta.url));

/**
 * Builds what the peers run: the packages as users get them, and the adapters. Type errors are for `pnpm typecheck` to
 * tell; a race runs what was emitted.
 */
export function build(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  spawnSync(process.execPath, [tsc, "-b", "tsconfig.build.json"], { cwd: root, stdio: "ignore" });
  execFileSync(process.execPath, [tsc, "-p", peers, "--noCheck"], { cwd: root, stdio: "inherit" });
}

/** Whether the other libraries are there. */
export const isInstalled = (): boolean => existsSync(join(peers, "node_modules", ".package-lock.json"));

/** Installs the other libraries on first use, outside the workspace: no one else's install waits for them. */
export function install(note: (text: string) => void): void {
  if (isInstalled()) return;
  note("Installing the peers into benchmarks/peers, once.");
  execFileSync("npm", ["install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"], {
    cwd: peers,
    stdio: "inherit",
  });
}
