import { type Listing, Program, programsOf } from "./program.ts";
import { showShape } from "./shape.ts";
import type { Entry } from "./tape.ts";
import { type AnyTensor, isTensor } from "./tensor.ts";

/** Names for the tensors of a tape: `%0`, `%1`, ... for inputs and results, `const` for what the tape does not watch. */
function namesOf(tape: Listing): (tensor: AnyTensor) => string {
  const names = new Map<AnyTensor, string>();
  for (const tensor of [...tape.inputs, ...tape.entries.flatMap((entry) => entry.outputs)])
    names.set(tensor, `%${names.size}`);
  return (tensor) => names.get(tensor) ?? (tensor.rank === 0 && !tensor.isAbstract ? constant(tensor) : "const");
}

function constant(tensor: AnyTensor): string {
  return tensor.toString().split(" ").at(-1)!;
}

const kind = (tensor: AnyTensor): string => `${tensor.dtype} ${showShape(tensor.shape)}`;

/** Attributes as `name=value`, without functions and programs. */
function attributesOf(entry: Entry): string {
  const shown = Object.entries(entry.attributes).filter(
    ([, value]) => typeof value !== "function" && value !== false && !(value instanceof Program),
  );
  return shown.map(([name, value]) => `${name}=${showAttribute(value)}`).join(" ");
}

/** As JSON, but with infinities and NaN as they are written in code, and tensors as their kind. */
function showAttribute(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(showAttribute).join(",")}]`;
  return isTensor(value) ? kind(value) : JSON.stringify(value);
}

/**
 * A tape, or a program, as text: one operation a line. The programs that an operation runs stand indented below it, with names of their own.
 * @example
 * printTape(record((x: Tensor) => sum(exp(x)))(tensor([0, 0])).tape);
 * // %0 = input             float32 [2]
 * // %1 = exp(%0)           float32 [2]
 * // %2 = sum(%1) axes=[0]  float32 []
 */
export function printTape(tape: Listing): string {
  const rows = rowsOf(tape, "");
  const width = rows.reduce((most, [left, right]) => (right === "" ? most : Math.max(most, left.length)), 0);
  return rows.map(([left, right]) => `${left.padEnd(width + 2)}${right}`.trimEnd()).join("\n");
}

/** What is done, and the kinds of its results. */
function rowsOf(tape: Listing, indent: string): [left: string, right: string][] {
  const name = namesOf(tape);
  const rows = tape.inputs.map((input): [string, string] => [`${indent}${name(input)} = input`, kind(input)]);
  for (const entry of tape.entries) {
    const call = `${entry.operation.name}(${entry.inputs.map(name).join(", ")})`;
    const results = entry.outputs.map(name).join(", ");
    rows.push([`${indent}${results} = ${call} ${attributesOf(entry)}`.trimEnd(), entry.outputs.map(kind).join(", ")]);
    for (const [role, program] of programsOf(entry.attributes)) {
      rows.push([`${indent}  ${role}:`, ""], ...rowsOf(program, `${indent}    `));
    }
  }
  if (tape.outputs !== undefined) rows.push([`${indent}return ${tape.outputs.map(name).join(", ")}`, ""]);
  return rows;
}

interface Node {
  readonly id: string;
  readonly label: string;
  readonly isInput: boolean;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** The boxes and arrows of a tape's picture. An operation with several results is one box. */
interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
  /** The pictures of the programs that the box `owner` runs. */
  readonly nested: readonly {
    readonly owner: string;
    readonly id: string;
    readonly label: string;
    readonly graph: Graph;
  }[];
}

function graphOf(tape: Listing, prefix = ""): Graph {
  const makers = new Map<AnyTensor, string>();
  const nodes: Node[] = tape.inputs.map((input, i) => {
    const id = `${prefix}input${i}`;
    makers.set(input, id);
    return { id, label: `input ${i}`, isInput: true };
  });
  const edges: Edge[] = [];
  const nested: Graph["nested"][number][] = [];
  tape.entries.forEach((entry, i) => {
    const owner = `${prefix}op${i}`;
    nodes.push({ id: owner, label: [entry.operation.name, attributesOf(entry)].join(" ").trim(), isInput: false });
    for (const input of entry.inputs) {
      const from = makers.get(input);
      if (from !== undefined) edges.push({ from, to: owner, label: kind(input) });
    }
    for (const output of entry.outputs) makers.set(output, owner);
    for (const [role, program] of programsOf(entry.attributes)) {
      const id = `${owner}_${role}`;
      const label = `${role} of ${entry.operation.name}`;
      nested.push({ owner, id, label, graph: graphOf(program, `${id}_`) });
    }
  });
  return { nodes, edges, nested };
}

/** The first box of a picture: a dashed line from the operation that runs it ends there. */
const entrance = ({ nodes }: Graph): readonly string[] => nodes.slice(0, 1).map(({ id }) => id);

/**
 * A tape, or a program, in the language of Graphviz. Programs that an operation runs are boxes of their own.
 * @example
 * tapeToDot(record((x: Tensor) => exp(x))(tensor([0])).tape); // digraph tape { ... }
 */
export function tapeToDot(tape: Listing): string {
  const quote = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const draw = ({ nodes, edges, nested }: Graph): string[] => [
    ...nodes.map(({ id, label, isInput }) => `  ${id} [label=${quote(label)}${isInput ? ", style=rounded" : ""}];`),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to} [label=${quote(label)}];`),
    ...nested.flatMap(({ owner, id, label, graph }) => [
      `  subgraph cluster_${id} {`,
      `    label=${quote(label)}; fontname="sans-serif"; style=dashed;`,
      ...draw(graph).map((line) => `  ${line}`),
      "  }",
      ...entrance(graph).map((to) => `  ${owner} -> ${to} [style=dashed, arrowhead=none];`),
    ]),
  ];
  return ["digraph tape {", '  node [shape=box, fontname="sans-serif"];', ...draw(graphOf(tape)), "}"].join("\n");
}

/**
 * A tape, or a program, in the language of Mermaid, which many Markdown viewers draw.
 * @example
 * tapeToMermaid(record((x: Tensor) => exp(x))(tensor([0])).tape); // flowchart TD ...
 */
export function tapeToMermaid(tape: Listing): string {
  const quote = (text: string): string => `"${text.replaceAll('"', "#quot;")}"`;
  const draw = ({ nodes, edges, nested }: Graph): string[] => [
    ...nodes.map(({ id, label, isInput }) => `  ${id}${isInput ? `(${quote(label)})` : `[${quote(label)}]`}`),
    ...edges.map(({ from, to, label }) => `  ${from} -- ${quote(label)} --> ${to}`),
    ...nested.flatMap(({ owner, id, label, graph }) => [
      `  subgraph ${id}[${quote(label)}]`,
      ...draw(graph).map((line) => `  ${line}`),
      "  end",
      ...entrance(graph).map((to) => `  ${owner} -.- ${to}`),
    ]),
  ];
  return ["flowchart TD", ...draw(graphOf(tape))].join("\n");
}
