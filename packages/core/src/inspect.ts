import { showShape } from "./shape.ts";
import type { Entry, Tape } from "./tape.ts";
import { type AnyTensor, isTensor } from "./tensor.ts";

/** Names for the tensors of a tape: `%0`, `%1`, ... for inputs and results, `const` for what the tape does not watch. */
function namesOf(tape: Tape): (tensor: AnyTensor) => string {
  const names = new Map<AnyTensor, string>();
  for (const tensor of [...tape.inputs, ...tape.entries.flatMap((entry) => entry.outputs)])
    names.set(tensor, `%${names.size}`);
  return (tensor) => names.get(tensor) ?? (tensor.rank === 0 && !tensor.isAbstract ? constant(tensor) : "const");
}

function constant(tensor: AnyTensor): string {
  return tensor.toString().split(" ").at(-1)!;
}

const kind = (tensor: AnyTensor): string => `${tensor.dtype} ${showShape(tensor.shape)}`;

/** Attributes as `name=value`, without functions. */
function attributesOf(entry: Entry): string {
  const shown = Object.entries(entry.attributes).filter(([, value]) => typeof value !== "function" && value !== false);
  return shown.map(([name, value]) => `${name}=${showAttribute(value)}`).join(" ");
}

/** As JSON, but with infinities and NaN as they are written in code, and tensors as their kind. */
function showAttribute(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map(showAttribute).join(",")}]`;
  return isTensor(value) ? kind(value) : JSON.stringify(value);
}

/**
 * A tape as text, one operation a line.
 * @example
 * printTape(record((x: Tensor) => sum(exp(x)))(tensor([0, 0])).tape);
 * // %0 = input             float32 [2]
 * // %1 = exp(%0)           float32 [2]
 * // %2 = sum(%1) axes=[0]  float32 []
 */
export function printTape(tape: Tape): string {
  const name = namesOf(tape);
  const rows = tape.inputs.map((input) => [`${name(input)} = input`, kind(input)]);
  for (const entry of tape.entries) {
    const call = `${entry.operation.name}(${entry.inputs.map(name).join(", ")})`;
    const results = entry.outputs.map(name).join(", ");
    rows.push([`${results} = ${call} ${attributesOf(entry)}`.trimEnd(), entry.outputs.map(kind).join(", ")]);
  }
  const width = rows.reduce((most, [left]) => Math.max(most, left!.length), 0);
  return rows.map(([left, right]) => `${left!.padEnd(width + 2)}${right}`).join("\n");
}

interface Node {
  readonly id: string;
  readonly label: string;
  readonly isInput: boolean;
}

/** The boxes and arrows of a tape's picture. An operation with several results is one box. */
function graphOf(tape: Tape): { nodes: Node[]; edges: { from: string; to: string; label: string }[] } {
  const makers = new Map<AnyTensor, string>();
  const nodes: Node[] = tape.inputs.map((input, i) => {
    makers.set(input, `input${i}`);
    return { id: `input${i}`, label: `input ${i}`, isInput: true };
  });
  const edges: { from: string; to: string; label: string }[] = [];
  tape.entries.forEach((entry, i) => {
    const id = `op${i}`;
    nodes.push({ id, label: [entry.operation.name, attributesOf(entry)].join(" ").trim(), isInput: false });
    for (const input of entry.inputs) {
      const from = makers.get(input);
      if (from !== undefined) edges.push({ from, to: id, label: kind(input) });
    }
    for (const output of entry.outputs) makers.set(output, id);
  });
  return { nodes, edges };
}

/**
 * A tape in the language of Graphviz.
 * @example
 * tapeToDot(record((x: Tensor) => exp(x))(tensor([0])).tape); // digraph tape { ... }
 */
export function tapeToDot(tape: Tape): string {
  const { nodes, edges } = graphOf(tape);
  const quote = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return [
    "digraph tape {",
    '  node [shape=box, fontname="sans-serif"];',
    ...nodes.map(({ id, label, isInput }) => `  ${id} [label=${quote(label)}${isInput ? ", style=rounded" : ""}];`),
    ...edges.map(({ from, to, label }) => `  ${from} -> ${to} [label=${quote(label)}];`),
    "}",
  ].join("\n");
}

/**
 * A tape in the language of Mermaid, which many Markdown viewers draw.
 * @example
 * tapeToMermaid(record((x: Tensor) => exp(x))(tensor([0])).tape); // flowchart TD ...
 */
export function tapeToMermaid(tape: Tape): string {
  const { nodes, edges } = graphOf(tape);
  const quote = (text: string): string => `"${text.replaceAll('"', "#quot;")}"`;
  return [
    "flowchart TD",
    ...nodes.map(({ id, label, isInput }) => `  ${id}${isInput ? `(${quote(label)})` : `[${quote(label)}]`}`),
    ...edges.map(({ from, to, label }) => `  ${from} -- ${quote(label)} --> ${to}`),
  ].join("\n");
}
