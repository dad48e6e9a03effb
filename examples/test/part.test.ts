import { expect, test, vi } from "vitest";
import { type Part, perform } from "../src/lib/part.ts";

function printed(part: Partial<Part<number>>, quick: boolean): string {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    perform({ number: 2, title: "Title", run: () => 7, print: (n) => console.log(`result ${n}`), ...part }, quick);
    return log.mock.calls.flat().join("\n");
  } finally {
    log.mockRestore();
  }
}

test("a quick run says beside its numbers that they are not those of the full run", () => {
  expect(printed({ trains: true }, true)).toMatch(/result 7\n.*Quick run: trainings were cut short/);
  expect(printed({ trains: true }, false)).not.toContain("Quick run");
  // What does not train is the same in a quick run.
  expect(printed({}, true)).not.toContain("Quick run");
});
