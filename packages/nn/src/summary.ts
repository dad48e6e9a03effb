import {
  ArgumentError,
  abstract,
  checkOptions,
  type DType,
  isTensor,
  type LeafKind,
  type Shape,
  treeLeaves,
} from "@tapegrad/core/functions";
import { Module } from "./module.ts";
import { type LayerRow, layersOf } from "./summary-layers.ts";

/** One tensor or key of a model. */
export interface SummaryRow {
  /** `layers.0.weight` */
  readonly path: string;
  readonly kind: LeafKind;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The number of elements. */
  readonly count: number;
  /** The path at which the same tensor stands already (tied weights), which counts once. */
  readonly tiedTo: string | null;
}

/** What a model consists of; as a string, a table. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  /** The number of trained numbers. */
  readonly parameters: number;
  /** The number of numbers in buffers. */
  readonly buffers: number;
  /** The memory of all tensors. */
  readonly bytes: number;
  toString(): string;
}

/** What a model consists of, and what its layers make of an input; as a string, a table of the layers. */
export interface LayerSummary extends Summary {
  /** Each run of each module, in order. */
  readonly layers: readonly LayerRow[];
  /** Floating-point operations of an evaluation. */
  readonly flops: number;
}

export interface SummaryOptions {
  /** What the model takes: a tensor, a tree of them, or the shape of a float32 tensor. Values do not matter. */
  readonly input: unknown;
}

const bytesOf: Readonly<Record<DType, number>> = { bool: 1, uint8: 1, int32: 4, float32: 4, float64: 8 };

/**
 * The tensors of a model with paths, shapes, counts and totals; with an input, also each layer's output, parameters,
 * floating-point operations and memory. Nothing is computed for that.
 * @param model a module, or any tree; with an input a module.
 * @throws ArgumentError for an input to what is no module; whatever the model throws for the input.
 * @example
 * const model = new Sequential(new Linear(3, 20, { key: key(0) }), new Linear(20, 1, { key: key(1) }));
 * String(summary(model)); // a table
 * summary(model).parameters; // 101
 * summary(model, { input: [5, 3] }).layers[1].outputs; // [[5, 20]]
 */
export function summary(model: unknown): Summary;
export function summary(model: Module, options: SummaryOptions): LayerSummary;
export function summary(model: unknown, options?: SummaryOptions): Summary {
  const first = new Map<unknown, string>();
  const rows = treeLeaves(model).map(({ path, kind, value }): SummaryRow => {
    const { shape, dtype, size } = isTensor(value) ? value : value.bits;
    const tiedTo = first.get(value) ?? null;
    if (tiedTo === null) first.set(value, path);
    return { path, kind, shape, dtype, count: size, tiedTo };
  });
  const own = rows.filter(({ tiedTo }) => tiedTo === null);
  const total = (kind: LeafKind): number => own.reduce((sum, row) => sum + (row.kind === kind ? row.count : 0), 0);
  const content = {
    rows,
    parameters: total("parameter"),
    buffers: total("buffer"),
    bytes: own.reduce((sum, { count, dtype }) => sum + count * bytesOf[dtype], 0),
  };
  if (options === undefined) return printed(content, () => table(content));
  checkOptions("summary", options, "input");
  if (!(model instanceof Module)) throw new ArgumentError("summary", "what takes an input is a module", "give one");
  const { input } = options;
  const isShape = Array.isArray(input) && input.every((size) => typeof size === "number");
  const layers = layersOf(model, isShape ? abstract(input as Shape, "float32") : input);
  const flops = layers[0]?.flops ?? 0;
  return printed({ ...content, layers, flops }, () => layerTable(layers, content));
}

/** The same, with a text. */
function printed<T extends object>(content: T, text: () => string): T & { toString(): string } {
  const hidden = { toString: text, [Symbol.for("nodejs.util.inspect.custom")]: text };
  return Object.assign(Object.create(hidden), content);
}

function table({ rows, parameters, buffers, bytes }: Omit<Summary, "toString">): string {
  const cells = rows.map(({ path, kind, shape, dtype, count, tiedTo }) => [
    path === "" ? "(the value)" : path,
    `[${shape.join(", ")}]`,
    dtype,
    tiedTo === null ? grouped(count) : `= ${tiedTo}`,
    kind === "parameter" ? "" : kind,
  ]);
  const lines = aligned([["path", "shape", "dtype", "count", ""], ...cells], [3]);
  return [...lines, totals({ parameters, buffers, bytes })].join("\n");
}

function layerTable(layers: readonly LayerRow[], content: Omit<Summary, "toString" | "rows">): string {
  const cells = layers.map(({ path, layer, outputs, parameters, flops, bytes }) => [
    path === "" ? "(the model)" : path,
    layer,
    outputs.map((shape) => `[${shape.join(", ")}]`).join(" "),
    ...[parameters, flops, bytes].map((value) => grouped(Math.round(value))),
  ]);
  const lines = aligned([["path", "layer", "output", "parameters", "flops", "bytes"], ...cells], [3, 4, 5]);
  return [...lines, totals(content)].join("\n");
}

const totals = ({ parameters, buffers, bytes }: Omit<Summary, "toString" | "rows">): string => {
  const rest = buffers > 0 ? `, ${grouped(buffers)} in buffers` : "";
  return `${grouped(parameters)} parameters${rest}, ${grouped(bytes)} bytes`;
};

/** Lines of columns, numbers to the right. */
function aligned(lines: readonly (readonly string[])[], numbers: readonly number[]): string[] {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const pad = (cell: string, column: number): string =>
    numbers.includes(column) && !cell.startsWith("=") ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return lines.map((line) => line.map(pad).join("  ").trimEnd());
}

/** 12,345: the same in every locale. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
