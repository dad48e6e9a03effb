import { defineConfig } from "vitest/config";

/** Tests run on sources: the export condition `@tapegrad/source` points at `src`, so nothing is built first. */
const conditions = ["@tapegrad/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts", "tests/**/*.test.ts"],
    testTimeout: 30_000,
    // One process per core, kept for all its files: 60 small files take 3 s so, and 13 s with a process each. A test
    // that needs a process to itself (flags of the engine, a missing global) starts one.
    pool: "forks",
    isolate: false,
    maxWorkers: "100%",
  },
});
