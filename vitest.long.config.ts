import { defineConfig, mergeConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** The tests too long for every save: whole trainings, many random tapes. Continuous integration runs them all. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({ test: { include: ["packages/*/test/**/*.long.ts", "examples/test/**/*.long.ts", "tests/**/*.long.ts"], testTimeout: 600_000 } }),
);
