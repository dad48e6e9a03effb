import { expect, test, vi } from "vitest";
import { listed, type Part } from "../src/lib/part.ts";
import { html } from "../src/report/html.ts";

const seven: Part<number> = {
  number: 2,
  id: "seven",
  title: "Title",
  run: () => 7,
  print: (n) => console.log(`result ${n}`),
  claims: (n) => [{ text: `${n} is 7`, holds: n === 7 }],
  report: async () => ({ card: (n) => html`${n}`, section: (n) => html`<p>${n}</p>`, json: (n) => ({ n }) }),
};

function performed(part: Partial<Part<number>>, quick: boolean) {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    const result = listed({ ...seven, ...part }).perform(quick);
    return { ...result, printed: log.mock.calls.flat().join("\n") };
  } finally {
    log.mockRestore();
  }
}

test("a quick run says beside its numbers that they are not those of the full run", () => {
  expect(performed({ trains: true }, true).printed).toMatch(/result 7\n.*Quick run: trainings were cut short/);
  expect(performed({ trains: true }, false).printed).not.toContain("Quick run");
  // What does not train is the same in a quick run.
  expect(performed({}, true).printed).not.toContain("Quick run");
});

test("a full run is held to what the example states", () => {
  expect(performed({}, false)).toMatchObject({ holds: true, printed: expect.stringContaining("✓ 7 is 7") });
  expect(performed({ run: () => 8 }, false)).toMatchObject({
    holds: false,
    printed: expect.stringContaining("✗ 8 is 7"),
  });
  // A shortened training need not come to it.
  expect(performed({ run: () => 8, trains: true }, true)).toMatchObject({ holds: true });
});

test("what there is to show comes from the result", async () => {
  const { card, section, json } = await performed({}, false).report();
  expect([card.markup, section.markup, json]).toEqual(["7", "<p>7</p>", { n: 7 }]);
});
