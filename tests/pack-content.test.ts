import { expect, test } from "vitest";
import { contentProblems } from "../scripts/pack-content.ts";

const complete = ["package.json", "README.md", "LICENSE", "src/index.ts", "dist/index.js", "dist/index.d.ts"];

test("a complete package passes", () => {
  expect(contentProblems(complete, ["index.ts"])).toEqual([]);
});

test("missing, unwanted and stale files are named", () => {
  const files = [
    ...complete.filter((file) => file !== "LICENSE"),
    "dist/gone.js",
    "dist/build.tsbuildinfo",
    "test/a.test.ts",
  ];
  expect(contentProblems(files, ["index.ts"])).toEqual([
    "LICENSE is missing",
    "dist/build.tsbuildinfo should not be published",
    "test/a.test.ts should not be published",
    "dist/gone.js has no source; delete dist and build again",
  ]);
});
