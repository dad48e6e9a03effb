import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { key } from "@tapegrad/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gradientChecking, gradientCheckingPart } from "../src/01-gradient-checking.ts";
import { initializationPart, trainFrom } from "../src/02-initialization.ts";
import { regularizationPart, trainAll } from "../src/03-regularization.ts";
import { digitsPart, summarize, trainDigits } from "../src/04-digits.ts";
import { loadDigits, split } from "../src/lib/digits.ts";
import { shown } from "../src/lib/part.ts";
import { html } from "../src/report/html.ts";
import { type DemoResults, writeReport } from "../src/report/write-report.ts";
import { unfilled } from "./unfilled.ts";

/** All examples, a few steps each. */
function tinyRun(): DemoResults {
  const { train, test } = split(loadDigits(20), 0.8, key(0));
  const trained = trainDigits(train, test, { seed: 1, batch: 40, epochs: 2 });
  const starts = { zeros: trainFrom("zeros", 3), random10: trainFrom("random10", 3), he: trainFrom("he", 3) };
  return {
    parts: [
      shown(gradientCheckingPart, gradientChecking(), true),
      shown(initializationPart, starts, true),
      shown(regularizationPart, trainAll(3), true),
      shown(digitsPart, summarize(trained, train, test, 1.5, true), true),
    ],
    quick: true,
    seconds: 12.3,
  };
}

const folder = mkdtempSync(join(tmpdir(), "tapegrad-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

let page: string;
let json: Record<string, Record<string, Record<string, unknown>>>;
beforeAll(async () => {
  const written = await writeReport(tinyRun(), join(folder, "new"));
  page = readFileSync(written.page, "utf8");
  json = JSON.parse(readFileSync(written.json, "utf8"));
  // Sixteen charts, on a busy machine.
}, 60_000);

test("the JSON has the keys that programs read", () => {
  expect(json.gradientCheck!.planted!.difference).toBeCloseTo(0.285093, 6);
  expect(json.gradientCheck!.mended!.perParameter).toHaveProperty("W2");
  for (const run of ["zeros", "random10", "he"]) {
    expect(Object.keys(json.initialization![run]!)).toEqual(
      expect.arrayContaining(["trainAccuracy", "testAccuracy", "costs"]),
    );
  }
  for (const run of ["none", "l2", "l1", "dropout", "weightDecay", "earlyStopping"]) {
    expect(Object.keys(json.regularization![run]!)).toEqual(
      expect.arrayContaining(["trainAccuracy", "testAccuracy", "finalCost", "costs"]),
    );
  }
  expect(Object.keys(json.digits!)).toEqual(expect.arrayContaining(["trainAccuracy", "testAccuracy", "seconds"]));
  expect(json.quick).toBe(true);
});

test("costs are keyed by step, and an infinite one is a word", () => {
  expect(json.initialization!.he!.costs).toEqual({ "0": expect.closeTo(0.8830537463419761, 9) });
  expect(json.initialization!.random10!.costs).toEqual({ "0": "inf" });
});

/** Where a pattern occurs in the page; the page itself is too long to be shown by a failure. */
const found = (pattern: RegExp): string[] => page.match(pattern) ?? [];

test("the page is whole by itself", () => {
  expect(found(/^<!doctype html>/)).toHaveLength(1);
  expect(found(/<section /g)).toHaveLength(4);
  expect(found(/<script|<link|@import|url\((?!#)/g)).toEqual([]);
  // No address but those of the name spaces of SVG, and no image from elsewhere.
  expect(found(/https?:\/\/(?!www\.w3\.org\/)[^"\s]+/g)).toEqual([]);
  expect(found(/<img[^>]* src="(?!data:image\/png;base64,)[^>]{0,40}/g)).toEqual([]);
  expect(unfilled(page)).toEqual([]);
});

test("no two things on the page have the same name", () => {
  const ids = found(/ id="[^"]*"/g);
  expect(ids.length).toBeGreaterThan(4);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the page shows what was found", () => {
  expect(found(/0\.285093/g).length).toBeGreaterThan(1);
  expect(found(/bug: gradient × 4/g)).toHaveLength(1);
  expect(found(/Quick run\./g)).toHaveLength(1);
  // Two charts for each of four sections, three boundaries for the second, and six for the third.
  expect(found(/<svg viewBox="[^"]*" role="img"/g)).toHaveLength(2 + 5 + 8 + 2);
});

test("parts that did not run are left out", async () => {
  const written = await writeReport(
    { parts: [shown(gradientCheckingPart, gradientChecking(), false)], quick: false, seconds: 1 },
    folder,
  );
  const shorter = readFileSync(written.page, "utf8");
  expect(shorter.match(/<section /g)).toHaveLength(1);
  expect(shorter.includes("Quick run.")).toBe(false);
  expect(Object.keys(JSON.parse(readFileSync(written.json, "utf8")))).toEqual(["quick", "seconds", "gradientCheck"]);
});

test("text in HTML is escaped, and HTML in HTML is not", () => {
  expect(html`<p>${"a < b & c"}${html`<b>${1}</b>`}${["x", "y"]}</p>`.markup).toBe(
    "<p>a &#60; b &#38; c<b>1</b>xy</p>",
  );
});
