import * as core from "@tapegrad/core";
import { expect, test } from "vitest";
import { mutationsOf } from "../src/index.ts";
import { ARGUMENTS, argumentFor } from "../src/kill-rate-arguments.ts";

test("each argument is about a mutation that there is", () => {
  const all = Object.entries(core).flatMap(([name, op]) => mutationsOf(op).map((mutation) => ({ name, mutation })));
  for (const argument of ARGUMENTS) {
    expect(
      all.some(({ name, mutation }) => argumentFor(name, mutation) === argument),
      argument.because,
    ).toBe(true);
  }
});

test("there is none for a mutation that nobody argued about", () => {
  expect(argumentFor("exp", { kind: "sign", input: 0, mode: "reverse", order: 1 })).toBeUndefined();
});
