import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  abstract,
  defineOp,
  exp,
  mul,
  type OpDef,
  printTape,
  record,
  scan,
  split,
  sum,
  type Tape,
  type Tensor,
  tapeToDot,
  tapeToMermaid,
  tensor,
} from "../src/index.ts";

const tapeOf = (f: (x: Tensor) => unknown, x: AnyTensor = tensor([1, 2])): Tape =>
  record(f as (x: AnyTensor) => AnyTensor)(x).tape;

/** The identity, with attributes for show. */
const showing = (attributes: object): ((x: AnyTensor) => AnyTensor) =>
  defineOp<(x: AnyTensor) => AnyTensor>({
    name: "showing",
    parse: (x: AnyTensor) => ({ inputs: [x], attributes }),
    infer: ([x]) => x!,
    forward: ([x]) => x!.data(),
    samples: [],
  } satisfies OpDef);

describe("printTape", () => {
  test("names tensors, and shows constants, attributes, shapes and dtypes", () => {
    expect(printTape(tapeOf((x) => sum(mul(exp(x), 3)))).split("\n")).toEqual([
      "%0 = input             float32 [2]",
      "%1 = exp(%0)           float32 [2]",
      "%2 = mul(%1, 3)        float32 [2]",
      "%3 = sum(%2) axes=[0]  float32 []",
    ]);
  });

  test("shows infinite attributes, and tensors without their values", () => {
    const attributes = { limit: Number.POSITIVE_INFINITY, pads: [0, Number.NEGATIVE_INFINITY], fill: Number.NaN };
    expect(printTape(tapeOf(showing(attributes)))).toContain("limit=Infinity pads=[0,-Infinity] fill=NaN");
    expect(printTape(tapeOf(showing({ table: tensor([1, 2]), mode: "edge" })))).toContain(
      'table=float32 [2] mode="edge"',
    );
  });

  test("gives all results of an operation one line", () => {
    expect(printTape(tapeOf((x) => split(x, 2)))).toMatch(/^%1, %2 = split\(%0\) .* float32 \[1\], float32 \[1\]$/m);
  });

  test("prints a tape of 200,000 entries", () => {
    const x = abstract([], "float32");
    const output = abstract([], "float32");
    const { tape } = record((v: AnyTensor) => exp(v))(x);
    const entry = { ...tape.entries[0]!, inputs: [output], outputs: [output] };
    const long = { inputs: tape.inputs, entries: Array.from({ length: 200_000 }, () => entry) } as unknown as Tape;
    expect(printTape(long).split("\n")).toHaveLength(200_001);
  });

  test("prints an empty tape", () => {
    expect(printTape({ inputs: [], entries: [] } as unknown as Tape)).toBe("");
  });
});

describe("nested programs", () => {
  const tape = tapeOf((x) => scan((c: AnyTensor) => [mul(exp(c), 2), null], x as AnyTensor, null, { length: 3 })[0]);

  test("are printed below the operation that runs them", () => {
    expect(printTape(tape).split("\n")).toEqual([
      "%0 = input                                                     float32 [2]",
      "%1, %2 = scan(%0) constants=0 carried=1 length=3 remembered=1  float32 [2], float32 [3, 2]",
      "  body:",
      "    %0 = input                                                 float32 [2]",
      "    %1 = exp(%0)                                               float32 [2]",
      "    %2 = mul(%1, 2)                                            float32 [2]",
      "    return %2, %0",
    ]);
  });

  test("are drawn in boxes of their own", () => {
    const dot = tapeToDot(tape);
    expect(dot).toContain("subgraph cluster_op0_body {");
    expect(dot).toContain("op0 -> op0_body_input0 [style=dashed, arrowhead=none];");
    expect(dot).toContain('op0_body_op0 -> op0_body_op1 [label="float32 [2]"];');
    const mermaid = tapeToMermaid(tape);
    expect(mermaid).toContain('subgraph op0_body["body of scan"]');
    expect(mermaid).toContain("op0 -.- op0_body_input0");
  });
});

describe("pictures", () => {
  const tape = tapeOf((x) => sum(exp(x)));

  test("tapeToDot draws boxes and arrows, and quotes what must be quoted", () => {
    expect(tapeToDot(tape)).toContain('op0 [label="exp"];');
    expect(tapeToDot(tape)).toContain('op0 -> op1 [label="float32 [2]"];');
    expect(tapeToDot(tapeOf(showing({ mode: 'a"b' })))).toContain(String.raw`label="showing mode=\"a\\\"b\""`);
  });

  test("tapeToMermaid draws the same", () => {
    expect(tapeToMermaid(tape).split("\n")).toEqual([
      "flowchart TD",
      '  input0("input 0")',
      '  op0["exp"]',
      '  op1["sum axes=[0]"]',
      '  input0 -- "float32 [2]" --> op0',
      '  op0 -- "float32 [2]" --> op1',
    ]);
  });
});
