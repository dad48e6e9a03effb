import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** `expression; // value` on a line of its own, which becomes a comparison. */
const claim = /^(?!const |let |\/\/)(\S.*); \/\/ (.+)$/gm;

/**
 * Each TypeScript block of a package's README is a file of its folder `test/readme`: there it is compiled and linted with
 * everything else, and here it is run, with what its comments say of values.
 * @param tests the address of the package's folder of tests
 */
export function testReadme(tests: URL): void {
  const text = (path: string): string => readFileSync(new URL(path, tests), "utf8");
  const files = readdirSync(new URL("readme", tests)).sort();
  const scratch = new URL("../../../out/", tests);
  const folder = fileURLToPath(new URL(`readme-${process.pid}-${Math.random().toString(36).slice(2)}/`, scratch));

  test("the README shows the examples as they are", () => {
    const blocks = [...text("../README.md").matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code);
    expect(blocks).toEqual(files.map((file) => text(`readme/${file}`)));
  });

  describe("the examples of the README run, and give what their comments say", () => {
    test.each(files)("%s", async (file) => {
      const code = text(`readme/${file}`);
      const claims = [...code.matchAll(claim)].length;
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        `${folder}${file}`,
        `// @ts-nocheck\nexport const claims = [];\n${code.replaceAll(claim, "claims.push([$1, $2]);")}`,
      );
      try {
        const run = (await import(/* @vite-ignore */ `${folder}${file}`)) as { claims: [unknown, unknown][] };
        expect(run.claims.length).toBe(claims);
        for (const [actual, said] of run.claims) expect(actual).toEqual(said);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}
