import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tapegrad-demo-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(file: string, ...args: readonly string[]) {
  const flags = ["--conditions=@tapegrad/source", "--import", "tsx"];
  return spawnSync(process.execPath, [...flags, `examples/src/${file}`, ...args], { cwd: root, encoding: "utf8" });
}

test("the demo runs what it is asked for and says where the report is", () => {
  const out = join(folder, "here");
  const { status, stdout, stderr } = run("demo.ts", "--only", "1", "--quick", "--out", out);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toContain("bug: gradient × 2");
  expect(stdout).not.toContain("2 · Initialization");
  expect(stdout).toContain(join(out, "report.html"));
  expect(existsSync(join(out, "report.json"))).toBe(true);
});

test("an example that there is not is refused, with help", () => {
  const { status, stderr } = run("demo.ts", "--only", "1,99");
  expect(status).toBe(2);
  expect(stderr).toContain('there is no example "99"');
  expect(stderr).toContain("Usage: pnpm demo");
});

test("an example runs on its own", () => {
  const { status, stdout } = run("01-gradient-checking.ts");
  expect(status).toBe(0);
  expect(stdout).toContain("0.285093");
});
