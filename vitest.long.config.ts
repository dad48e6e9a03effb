import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** The tests too long for every save: whole trainings, many random tapes. Continuous integration runs them all. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ["packages/*/test/**/*.long.ts", "examples/test/**/*.long.ts", "tests/**/*.long.ts"],
    passWithNoTests: true,
    testTimeout: 600_000,
  },
});
