import { defineConfig } from "vitest/config";

/** Tests run on sources: the export condition `@tapegrad/source` points at `src`, so nothing is built first. */
const conditions = ["@tapegrad/source"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts", "tests/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
