import { ArgumentError, checkOptions, foldIn, isChecked, key as keyOf } from "@tapegrad/core";
import type { Expect } from "./check-derivatives.ts";
import { type Call, checkRefusal, checkSample, isConstant, isPrimitive } from "./check-sample.ts";
import { variantsOf } from "./check-variants.ts";
import { drawArguments } from "./sample-arguments.ts";

export interface CheckOpsOptions {
  /** Seed of all random numbers, 1 if not given. */
  readonly seed?: number;
  /** Highest order of derivatives, 2 if not given. */
  readonly order?: number;
}

/** Something that an operation does not keep to. */
export interface OpFailure {
  readonly operation: string;
  /** The call, as `sample 0`, `sample 0 in float32` or `error sample 2`. */
  readonly call: string;
  readonly message: string;
}

export interface OpsReport {
  /** How many operations and composites were checked. */
  readonly operations: number;
  readonly checks: number;
  readonly failures: readonly OpFailure[];
  /** Operations whose forward mode is made from their reverse mode, so that comparing the two shows little. */
  readonly withoutOwnForwardMode: readonly string[];
  /** Operations that are declared constant: their gradient is 0 without their differences being 0. */
  readonly constants: readonly string[];
}

/**
 * Checks every operation and composite of a namespace by its own samples: that the shape and dtype rule tells the truth,
 * that abstract runs agree with concrete ones, also where some arguments only are abstract, that nothing writes to an
 * input, that reverse mode, forward mode and difference quotients agree at each order (an operation without rules must
 * have differences of 0), that gradients have the shapes and dtypes of their inputs, that all this holds in float32 and
 * beside integers, and that error samples are refused with the right words.
 * @throws ArgumentError for a namespace without operations: that they all pass would say nothing.
 * @example
 * checkOps({ exp, matmul }).failures; // []
 * // In a test of your own operations: import * as mine, and expect(checkOps(mine).failures).toEqual([]).
 */
export function checkOps(namespace: Readonly<Record<string, unknown>>, options: CheckOpsOptions = {}): OpsReport {
  checkOptions("checkOps", options, "seed", "order");
  const { seed = 1, order = 2 } = options;
  if (!Object.values(namespace).some(isChecked)) {
    const names = Object.keys(namespace).join(", ") || "nothing";
    const advice =
      "give operations made by defineOp, defineUnary, defineBinary or defineComposite; check functions with classicCheck";
    throw new ArgumentError("checkOps", `there is no operation among ${names}`, advice);
  }
  const failures: OpFailure[] = [];
  const withoutOwnForwardMode: string[] = [];
  const constants: string[] = [];
  let [operations, checks] = [0, 0];
  for (const [exported, op] of Object.entries(namespace)) {
    if (!isChecked(op)) continue;
    operations++;
    const { definition } = op;
    const expect = (call: string, holds: boolean, message: () => string): void => {
      checks++;
      if (!holds) failures.push({ operation: definition.name, call, message: message() });
    };
    expect("export", exported === definition.name, () => `is exported as ${exported}`);
    expect("samples", definition.samples.length > 0, () => "has no samples");
    if (isPrimitive(definition) && definition.vjp && !definition.jvp) withoutOwnForwardMode.push(definition.name);
    if (isConstant(definition)) constants.push(definition.name);
    const run = op as unknown as Call;
    const attempt = (call: string, check: (at: Expect) => void): void => {
      const at: Expect = (holds, message) => expect(call, holds, message);
      try {
        check(at);
      } catch (error) {
        at(false, () => `threw ${error}`);
      }
    };
    definition.samples.forEach((sample, i) => {
      const call = `sample ${i}`;
      attempt(call, () => {
        const key = foldIn(keyOf(seed), i);
        const subject = { definition, run, sample, drawn: drawArguments(sample.args, key), key, order };
        attempt(call, (at) => checkSample(subject, at));
        for (const { name, check } of variantsOf(subject)) attempt(`${call} ${name}`, check);
      });
    });
    definition.errors?.forEach((sample, i) => {
      checkRefusal(run, sample, foldIn(keyOf(seed), i), (holds, message) =>
        expect(`error sample ${i}`, holds, message),
      );
    });
  }
  return { operations, checks, failures, withoutOwnForwardMode, constants };
}

/**
 * A report as text: a line for each failure, and a summary.
 * @example
 * formatOpsReport(checkOps({ exp })); // 1 operations, ... checks, 0 failures
 */
export function formatOpsReport(report: OpsReport): string {
  const { operations, checks, failures, withoutOwnForwardMode, constants } = report;
  return [
    ...failures.map(({ operation, call, message }) => `${operation}, ${call}: ${message}`),
    ...(withoutOwnForwardMode.length > 0
      ? [`forward mode made from reverse mode, so not independent: ${withoutOwnForwardMode.join(", ")}`]
      : []),
    ...(constants.length > 0 ? [`constant on purpose: ${constants.join(", ")}`] : []),
    `${operations} operations, ${checks} checks, ${failures.length} failures`,
  ].join("\n");
}
