import { type DType, isTensor, type LeafKind, type Shape, treeLeaves } from "@tapegrad/core/functions";

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

const bytesOf: Readonly<Record<DType, number>> = { bool: 1, uint8: 1, int32: 4, float32: 4, float64: 8 };

/**
 * The tensors of a model with paths, shapes, counts and totals.
 * @param model a module, or any tree.
 * @example
 * const model = new Sequential(new Linear(3, 20, { key: key(0) }), new Linear(20, 1, { key: key(1) }));
 * String(summary(model)); // a table
 * summary(model).parameters; // 101
 */
export function summary(model: unknown): Summary {
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
  const text = (): string => table(content);
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
  const lines = [["path", "shape", "dtype", "count", ""], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  const shown = lines.map(([path, shape, dtype, count, kind]) =>
    [
      path!.padEnd(widths[0]!),
      shape!.padEnd(widths[1]!),
      dtype!.padEnd(widths[2]!),
      count!.startsWith("=") ? count!.padEnd(widths[3]!) : count!.padStart(widths[3]!),
      kind!,
    ]
      .join("  ")
      .trimEnd(),
  );
  const rest = buffers > 0 ? `, ${grouped(buffers)} in buffers` : "";
  return [...shown, `${grouped(parameters)} parameters${rest}, ${grouped(bytes)} bytes`].join("\n");
}

/** 12,345: the same in every locale. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
