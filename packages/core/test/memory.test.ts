import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("200,000 operations on 1,000 elements in one synchronous loop grow the process by less than 100 MB", () => {
  const script = fileURLToPath(new URL("./scripts/memory.ts", import.meta.url));
  const options = ["--conditions=@tapegrad/source", "--import", "tsx"];
  const growth = Number(execFileSync(process.execPath, [...options, script], { encoding: "utf8" }));
  expect(growth).toBeLessThan(100e6);
});
