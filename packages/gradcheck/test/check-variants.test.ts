import {
  type AnyTensor,
  add,
  cast,
  concat,
  defineComposite,
  defineOp,
  draw,
  exp,
  gemm,
  isFloat,
  mul,
  type OpDef,
  type Sample,
  sub,
  sum,
  tensor,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { checkOps } from "../src/index.ts";

type Body = (...args: never[]) => unknown;

/** The failures of a composite in its variants, as "call: message"; as it stands in the sample it passes. */
function failuresOf(samples: readonly Sample[], body: Body): string {
  return report(defineComposite({ name: "planted", samples }, body as never));
}

function report(op: unknown): string {
  const { failures } = checkOps({ [(op as { definition: OpDef }).definition.name]: op });
  expect(failures.filter(({ call }) => /^sample \d$/.test(call))).toEqual([]);
  return failures.map(({ call, message }) => `${call}: ${message}`).join("\n");
}

const one: Sample[] = [{ args: [draw([2, 3])] }];
const two: Sample[] = [{ args: [draw([2]), draw([2])] }];

describe("in float32", () => {
  test("a rule that casts its cotangent to float64 is found", () => {
    const { definition } = exp as unknown as { definition: OpDef };
    const op = defineOp({
      ...definition,
      vjp: [([g], { output }) => mul(cast(g!, "float64"), cast(output, "float64"))],
    });
    expect(report(op)).toMatch(/^sample 0 in float32: .*float64/m);
  });

  test("a result that stays float64, and constants of float64, are found", () => {
    expect(failuresOf(one, (x: AnyTensor) => cast(x, "float64"))).toMatch(
      "sample 0 in float32: result 0 is float64 [2,3], not float32 [2,3]",
    );
    const half = tensor(0.5, { dtype: "float64" });
    expect(failuresOf(one, (x: AnyTensor) => mul(x, half))).toMatch(/^sample 0 in float32: threw DTypeError: mul/m);
  });

  test("a loss of digits that float64 hides is found", () => {
    const blurred = (x: AnyTensor): AnyTensor => sub(add(x, 1e4), 1e4);
    expect(failuresOf(one, blurred)).toMatch(/^sample 0 in float32: result 0, element \d: .* in float64$/m);
  });

  test("an operation may be told its dtype", () => {
    const samples = [{ args: [draw([2]), { dtype: "float64" }] }];
    const body = (x: AnyTensor, { dtype }: { dtype: "float64" }): AnyTensor => mul(cast(x, dtype), 2);
    expect(failuresOf(samples, body as Body)).toBe("");
  });
});

describe("beside integers", () => {
  test("a rule of forward mode that takes the integers for a tangent is found", () => {
    const { definition } = concat as unknown as { definition: OpDef<{ axis: number }> };
    const { parse: _, ...rest } = definition;
    const parse = (inputs: readonly AnyTensor[]) => ({ inputs, attributes: { axis: 0 } });
    const forward: OpDef["forward"] = (inputs) => Float64Array.from(inputs.flatMap((x) => Array.from(x.data())));
    const op = defineOp({
      ...rest,
      parse,
      forward,
      errors: [],
      samples: [{ args: [[draw([2]), draw([2])]] }],
    } as OpDef);
    expect(report(op)).toMatch(/^sample 0 with draw 1 as int32: tangent 0, element \d: -?1, but 0 in float64$/m);
    expect(report(op)).toMatch(/^sample 0 with draw 1 as int32: forward, argument 0: expected .*, got/m);
  });

  test("a rule that refuses what the operation accepts is found", () => {
    const product = defineOp({
      name: "product",
      parse: (...inputs: readonly AnyTensor[]) => ({ inputs, attributes: {} }),
      infer: ([a]) => ({ shape: a!.shape, dtype: "float64" }),
      forward: ([a, b]) => Float64Array.from(a!.data(), (value, i) => value * b!.data()[i]!),
      vjp: [
        ([g], { inputs: [, b] }) => mul(g!, cast(b!, isFloat(b!.dtype) ? b!.dtype : "float32")),
        ([g], { inputs: [a] }) => mul(g!, a!),
      ],
      jvp: [(t, { inputs: [, b] }) => mul(t, cast(b!, "float64")), (t, { inputs: [a] }) => mul(cast(a!, "float64"), t)],
      samples: two,
    });
    expect(report(product)).toMatch(/^sample 0 with draw 1 as int32: threw DTypeError: mul: float64 and float32/m);
  });

  test("another dtype, another shape and a raw error are found", () => {
    const integers = (x: AnyTensor): boolean => !isFloat(x.dtype);
    const dtype = (x: AnyTensor, y: AnyTensor): AnyTensor => (integers(y) ? cast(mul(x, y), "float32") : mul(x, y));
    expect(failuresOf(two, dtype as Body)).toBe("sample 0 with draw 1 as int32: gives float32 for int32 with float64");
    const shape = (x: AnyTensor, y: AnyTensor): AnyTensor => (integers(y) ? sum(mul(x, y)) : mul(x, y));
    expect(failuresOf(two, shape as Body)).toContain("sample 0 with draw 1 as int32: gives [] for [2]");
    const raw = (x: AnyTensor, y: AnyTensor): AnyTensor => {
      if (integers(y)) throw new RangeError("no integers");
      return mul(x, y);
    };
    expect(failuresOf(two, raw as Body)).toBe("sample 0 with draw 1 as int32: threw RangeError: no integers");
  });

  test("an operation may refuse integers in its own words", () => {
    const floatsOnly = [{ args: [draw([2, 2]), draw([2, 2])] }];
    expect(failuresOf(floatsOnly, (x: AnyTensor, y: AnyTensor) => gemm(x as never, y as never))).toBe("");
  });
});

describe("partly abstract", () => {
  test("reading the values of one argument is found", () => {
    const body = (x: AnyTensor, n: AnyTensor): AnyTensor =>
      n.isAbstract && !x.isAbstract ? mul(x, n.item() as number) : mul(x, n);
    expect(failuresOf([{ args: [draw([2]), draw([], { dtype: "int32" })] }], body as Body)).toMatch(
      /^sample 0 with tensor 1 abstract: threw AbstractValueError/m,
    );
  });

  test("a result made from the other arguments alone is found", () => {
    const body = (x: AnyTensor, y: AnyTensor): AnyTensor => (x.isAbstract && !y.isAbstract ? add(y, 0) : mul(x, y));
    expect(failuresOf(two, body as Body)).toMatch("sample 0 with tensor 0 abstract: gives values that cannot be known");
  });

  test("another shape is found", () => {
    const body = (x: AnyTensor, y: AnyTensor): AnyTensor =>
      y.isAbstract && !x.isAbstract ? sum(mul(x, y)) : mul(x, y);
    expect(failuresOf(two, body as Body)).toMatch(
      "sample 0 with tensor 1 abstract: promises float64 [] for float64 [2]",
    );
  });

  test("a rule that reads values is found", () => {
    const { definition } = exp as unknown as { definition: OpDef };
    const vjp: OpDef["vjp"] = [([g], { output }) => (output.data().length === 0 ? g! : mul(g!, output))];
    expect(report(defineOp({ ...definition, vjp }))).toMatch(
      /^sample 0 with tensor 0 abstract: threw AbstractValueError/m,
    );
  });
});
