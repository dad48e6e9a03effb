import * as core from "@tapegrad/core";
import {
  type AnyTensor,
  add,
  defineOp,
  defineUnary,
  draw,
  exp,
  type FloatUnary,
  gemm,
  isChecked,
  mul,
  neg,
  type OpDef,
  ShapeError,
  sum,
  transpose,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { storageOf } from "../../core/src/tensor.ts";
import { checkOps, formatOpsReport } from "../src/index.ts";

describe("the operations of core", () => {
  const report = checkOps(core);

  test("keep to their definitions, at first and second order", () => {
    expect(report.failures, formatOpsReport(report)).toEqual([]);
  });

  test("state forward mode by themselves, so that the comparison with reverse mode is independent", () => {
    expect(report.withoutOwnForwardMode).toEqual([]);
  });

  test("have differences of 0 where they have no rules, unless they say that they are constant", () => {
    expect(report.constants).toEqual(["stopGradient"]);
    expect(formatOpsReport(report)).toMatch(/^constant on purpose: stopGradient$/m);
  });

  test("cannot be exported without being checked", async () => {
    const families = [
      await import("../../core/src/ops/index.ts"),
      await import("../../core/src/composites/index.ts"),
      // Of the operations that hold programs: whileLoop has no reverse mode, and checkpoint makes functions.
      { scan: core.scan, cond: core.cond },
    ];
    const exported = families.flatMap((family) => Object.entries(family));
    const unchecked = exported
      .filter(([, value]) => typeof value === "function" && !isChecked(value))
      .map(([name]) => name);
    expect(unchecked).toEqual([]);
    expect(report.operations).toBe(exported.length);
    expect(exported.every(([name]) => name in core)).toBe(true);
  });
});

/** The failures of one operation, as "call: message". */
function failuresOf(name: string, op: unknown): string[] {
  return checkOps({ [name]: op }).failures.map(({ call, message }) => `${call}: ${message}`);
}

const expDefinition = (exp as unknown as { definition: OpDef }).definition;
const gemmDefinition = (gemm as unknown as { definition: OpDef }).definition;

/** A correct operation with some part replaced by a wrong one. */
const broken = (definition: OpDef, mistake: Partial<OpDef>): unknown => defineOp({ ...definition, ...mistake });

describe("planted bugs are found", () => {
  const wrong = (value: AnyTensor): AnyTensor => mul(value, 1.0001);

  test("a reverse rule off by a factor of 1.0001", () => {
    const op = broken(expDefinition, { vjp: [([g], { output }) => wrong(mul(g!, output))] });
    expect(failuresOf("exp", op).join()).toMatch(/sample 0: reverse, argument 0: expected .*, got/);
  });

  test("a reverse rule of the wrong sign", () => {
    expect(failuresOf("exp", broken(expDefinition, { vjp: [([g], { output }) => neg(mul(g!, output))] }))).not.toEqual(
      [],
    );
  });

  test("a forward rule off by a factor of 1.0001", () => {
    const op = broken(expDefinition, { jvp: [(t, { output }) => wrong(mul(t, output))] });
    expect(failuresOf("exp", op).join()).toMatch(/forward, argument 0/);
    expect(failuresOf("exp", op).join()).not.toMatch(/: reverse, argument 0/);
  });

  test("a rule that is right at first order only: it uses a copy of its output, which the tape does not know", () => {
    const copy = (x: AnyTensor): AnyTensor => new core.Tensor(x.shape, x.dtype, x.data());
    const op = broken(expDefinition, {
      vjp: [([g], { output }) => mul(g!, copy(output))],
      jvp: [(t, { output }) => mul(t, copy(output))],
    });
    const failures = failuresOf("exp", op).join();
    expect(failures).toMatch(/of the pull-back/);
    expect(failures).not.toMatch(/: reverse, argument 0/);
  });

  test("a bilinear rule that is right at first order only: it detaches the cotangent", () => {
    const op = broken(gemmDefinition, {
      vjp: [
        ([g], { inputs: [, b] }) => gemm(core.stopGradient(g!), transpose(b!)),
        ([g], { inputs: [a] }) => gemm(transpose(a!), g!),
      ],
      samples: [{ args: [draw([2, 3]), draw([3, 4])] }],
      errors: [],
    });
    const failures = failuresOf("gemm", op).join();
    expect(failures).toMatch(/of the pull-back/);
    expect(failures).not.toMatch(/: reverse, argument 0/);
  });

  test("a gradient forgotten for one operand", () => {
    const op = broken(gemmDefinition, { vjp: [([g], { inputs: [, b] }) => gemm(g!, transpose(b!)), null], errors: [] });
    expect(failuresOf("gemm", op).join()).toMatch(/reverse, argument 1/);
  });

  test("a gradient forgotten for all operands", () => {
    const { vjp: _, jvp: __, ...noRule } = expDefinition;
    expect(failuresOf("exp", defineOp(noRule)).join()).toMatch(/sample 0: reverse, argument 0: expected .*, got 0 /);
    const { vjp: ___, jvp: ____, ...noRules } = gemmDefinition;
    expect(failuresOf("gemm", defineOp(noRules)).join()).toMatch(/reverse, argument 1: expected .*, got 0 /);
  });

  test("a rule of an operation that is declared constant", () => {
    expect(failuresOf("exp", broken(expDefinition, { constant: true })).join()).toMatch(
      /has a gradient, but is declared constant/,
    );
  });

  test("a swapped operand that only a non-symmetric matrix shows", () => {
    const op = broken(gemmDefinition, {
      vjp: [([g], { inputs: [, b] }) => gemm(g!, b!), ([g], { inputs: [a] }) => gemm(transpose(a!), g!)],
      samples: [{ args: [draw([3, 3]), draw([3, 3])] }],
      errors: [],
    });
    expect(failuresOf("gemm", op).join()).toMatch(/reverse, argument 0/);
  });

  test("a shape rule that promises another shape", () => {
    const op = broken(expDefinition, { infer: ([x]) => ({ shape: [...x!.shape, 1], dtype: x!.dtype }) });
    expect(failuresOf("exp", op)).not.toEqual([]);
    const two = broken(expDefinition, { infer: ([x]) => ({ shape: [...x!.shape, 2], dtype: x!.dtype }) });
    expect(failuresOf("exp", two).join()).toMatch(/holds 6 elements for \[2,3,2\]/);
  });

  test("a kernel that writes to its input", () => {
    const op = broken(expDefinition, {
      forward: ([x]) => {
        const own = storageOf(x!) as Float64Array;
        own[0]! += 1;
        return own.slice();
      },
    });
    expect(failuresOf("exp", op).join()).toMatch(/wrote to an input/);
  });

  test("a function that reads values, and so cannot be traced", () => {
    const body = (x: AnyTensor): AnyTensor => mul(x, Number(sum(x).item()));
    const op = core.defineComposite({ name: "scaled", samples: [{ args: [draw([2])] }] }, body);
    expect(failuresOf("scaled", op).join()).toMatch(/a float64 \[\] tensor has no value while a function is traced/);
  });

  test("a function that returns its input", () => {
    const op = core.defineComposite({ name: "same", samples: [{ args: [draw([2])] }] }, (x: AnyTensor) => x);
    expect(failuresOf("same", op).join()).toMatch(/returns an input itself/);
  });

  test("an error sample that is accepted, or refused in other words", () => {
    const sample = { args: [draw([2]), draw([2])], error: ShapeError, message: /do not broadcast/ };
    const body = (x: AnyTensor, y: AnyTensor): AnyTensor => add(x, y);
    const about = { name: "plus", samples: [{ args: [draw([2]), draw([2])] }] };
    expect(failuresOf("plus", core.defineComposite({ ...about, errors: [sample] }, body)).join()).toMatch(
      /was accepted/,
    );
    const other = { ...sample, args: [draw([2]), draw([3])], message: /unequal/ };
    expect(failuresOf("plus", core.defineComposite({ ...about, errors: [other] }, body)).join()).toMatch(
      /said "add: \[2\]/,
    );
  });

  test("an operation without samples, or exported under another name", () => {
    expect(failuresOf("exp", broken(expDefinition, { samples: [] })).join()).toMatch(/has no samples/);
    expect(failuresOf("expo", exp).join()).toMatch(/is exported as expo/);
  });

  test("an operation without a forward rule is named in the report", () => {
    const { jvp: _, ...reverseOnly } = expDefinition;
    const report = checkOps({ exp: defineOp(reverseOnly) });
    expect(report.failures).toEqual([]);
    expect(report.withoutOwnForwardMode).toEqual(["exp"]);
    expect(formatOpsReport(report)).toMatch(/not independent: exp/);
  });
});

test("nothing to check is no success", () => {
  expect(() => checkOps({})).toThrow("checkOps: there is no operation among nothing");
  expect(() => checkOps({ f: (x: AnyTensor) => x })).toThrow(
    "checkOps: there is no operation among f; give operations made by defineOp",
  );
});

test("users define an elementwise operation in one call", () => {
  const cube = defineUnary<FloatUnary>({
    name: "cube",
    dtype: (dtype) => (core.isFloat(dtype) ? dtype : "float32"),
    loop: (x, out) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i]! ** 3;
    },
    partial: (x) => mul(mul(x, x), 3),
    samples: [{ args: [draw([2, 3])] }],
  });
  expect(checkOps({ cube }).failures).toEqual([]);
});
