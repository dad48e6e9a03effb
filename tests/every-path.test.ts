import { readFileSync } from "node:fs";
import * as core from "@tapegrad/core";
import { checkOps } from "@tapegrad/gradcheck";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { poisonUnfilled } from "../packages/core/src/dtype.ts";
import { useKernels } from "../packages/core/src/kernels/active.ts";
import type { Kernels } from "../packages/core/src/kernels/kernels.ts";
import { reference } from "../packages/core/src/kernels/reference/index.ts";
import { acceleratedKernels } from "../packages/core/src/kernels/wasm/index.ts";
import { always } from "../packages/core/test/kernels/wasm/always.ts";
import { machines } from "../packages/core/test/kernels/wasm/machines.ts";
import { runCases } from "../scripts/oracle/run-cases.ts";
import type { Case } from "../scripts/oracle/schema.ts";

// What holds of the operations holds whichever kernels run: the plain loops, and each path of the machine, used for calls of every size.
const paths: readonly (readonly [name: string, kernels: Kernels])[] = [
  ["reference", reference],
  ...machines.map(([name, machine]) => [name, acceleratedKernels(() => machine, always)] as const),
];

const { cases } = JSON.parse(readFileSync(new URL("./fixtures/oracle/cases.json", import.meta.url), "utf8")) as {
  cases: Case[];
};

describe.each(paths)("%s", (_, kernels) => {
  let before: Kernels;
  beforeEach(() => {
    before = useKernels(kernels);
    // What a kernel does not write shows.
    poisonUnfilled(true);
  });
  afterEach(() => {
    useKernels(before);
    poisonUnfilled(false);
  });

  test("the oracle's cases pass", () => {
    const { failures } = runCases(cases);
    expect(failures).toEqual([]);
  });

  test("every operation keeps to its definition", () => {
    expect(checkOps(core, { order: 1 }).failures).toEqual([]);
  });
});
