import { BYTES, tapeCost } from "../cost.ts";
import { isFloat } from "../dtype.ts";
import type { OpDef } from "../op.ts";
import { showShape } from "../shape.ts";
import type { Entry } from "../tape.ts";
import type { AnyTensor } from "../tensor.ts";
import type { Built, BuiltUnit } from "./build.ts";
import type { Way } from "./lowering.ts";
import type { PassReport } from "./passes/index.ts";
import { timeUnits } from "./time-units.ts";

/** One unit of a program: entries that run together. */
export interface ExplainedUnit {
  /**
   * How it runs: `fused` in a loop of its own, `kernels` by those that eager operations call, `nested` as a loop or branch around programs of its own, `view` not
   * at all, because it only names what is there, and `host` in JavaScript, as an eager operation.
   */
  readonly way: Way;
  readonly operations: readonly string[];
  /** What others use of it: `float32 [2, 3]`. */
  readonly results: readonly string[];
  /** Floating-point operations, as `tapeCost` counts them. */
  readonly flops: number;
  /** Of those of the program, from 0 to 1. */
  readonly share: number;
  /** Bytes that it reads from memory: what is made within stays in registers. */
  readonly bytesRead: number;
  /** Bytes of its results. */
  readonly bytesWritten: number;
  /** Why it runs in JavaScript, if it does. */
  readonly reason?: string;
  /** How long it takes, in milliseconds, if that was asked for. */
  readonly milliseconds?: number;
}

export interface ExplainOptions {
  /** Whether to measure how long each unit takes, by some runs of a copy of the program on zeros. Not, if not given. */
  readonly time?: boolean;
}

/** What a compiled program does. */
export interface Explanation {
  /** Operations that were traced. */
  readonly traced: number;
  /** Operations that are left after the passes. */
  readonly entries: number;
  /** How many operations each pass found and left. */
  readonly passes: readonly PassReport[];
  readonly units: readonly ExplainedUnit[];
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes of the memory that values share. */
  readonly arenaBytes: number;
  /** Bytes of the results of all units: the memory there would be if none was used again. */
  readonly bytesWithoutReuse: number;
  /** How many threads it may use. */
  readonly threads: number;
}

const bytesOf = (tensors: Iterable<AnyTensor>): number =>
  [...tensors].reduce((total, { size, dtype }) => total + size * BYTES[dtype], 0);

export function explain(built: Built, { time = false }: ExplainOptions = {}): Explanation {
  const { program, passes, units, bytes, threads } = built;
  const times = time ? timeUnits(built) : undefined;
  const flopsOf = new Map(tapeCost(program).entries.map(({ entry, flops }) => [entry, flops]));
  const sum = (of: (unit: ExplainedUnit) => number): number => explained.reduce((total, unit) => total + of(unit), 0);
  const all = program.entries.reduce((total, entry) => total + (flopsOf.get(entry) ?? 0), 0);
  const explained = units.map((unit, i) => {
    const flops = unit.entries.reduce((total, entry) => total + (flopsOf.get(entry) ?? 0), 0);
    const share = all === 0 ? 0 : flops / all;
    return { ...trafficOf(unit, units, program.outputs), flops, share, ...(times && { milliseconds: times[i]! }) };
  });
  return {
    traced: passes[0]?.before ?? program.entries.length,
    entries: program.entries.length,
    passes,
    units: explained,
    flops: all,
    bytesRead: sum(({ bytesRead }) => bytesRead),
    bytesWritten: sum(({ bytesWritten }) => bytesWritten),
    arenaBytes: bytes,
    bytesWithoutReuse: sum(({ bytesWritten }) => bytesWritten),
    threads,
  };
}

/** What a unit reads and writes. */
function trafficOf(
  unit: BuiltUnit,
  units: readonly BuiltUnit[],
  outputs: readonly AnyTensor[],
): Omit<ExplainedUnit, "flops" | "share"> {
  const { way, entries } = unit;
  const made = new Set(entries.flatMap((entry) => entry.outputs));
  const read = new Set(entries.flatMap(({ inputs }) => inputs).filter((input) => !made.has(input)));
  const wanted = new Set([
    ...outputs,
    ...units.flatMap((other) => (other === unit ? [] : other.entries.flatMap(({ inputs }) => inputs))),
  ]);
  const results = [...made].filter((result) => wanted.has(result));
  const isMoved = way !== "view";
  return {
    way,
    operations: entries.map(({ operation: { name } }) => name),
    results: results.map(({ dtype, shape }) => `${dtype} ${showShape(shape)}`),
    bytesRead: isMoved ? bytesOf(read) : 0,
    bytesWritten: isMoved ? bytesOf(results) : 0,
    ...(way === "host" && { reason: reasonFor(entries[0]!) }),
  };
}

function reasonFor({ operation, inputs, outputs }: Entry): string {
  if ((operation as OpDef).reapply) return "it runs a function of its own";
  const other = [...inputs, ...outputs].find(({ dtype }) => !isFloat(dtype) && dtype !== "bool");
  if (other !== undefined) return `it works on ${other.dtype}, for which there may be plain loops only`;
  return "there is no kernel in WebAssembly for it, or which one depends on values";
}

/** A number with a prefix of a thousand: `1.5 k`, `20 M`. */
function short(value: number): string {
  const prefixes = ["", "k", "M", "G", "T"];
  const power = value < 1000 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(value) / 3));
  const shown = value / 1000 ** power;
  return `${power === 0 || shown >= 99.95 ? Math.round(shown) : Number(shown.toPrecision(2))} ${prefixes[power]}`;
}

const microseconds = (milliseconds: number): string => `${(1000 * milliseconds).toFixed(1)} µs`;

/** Longer lists of operations are counted. */
function counted(names: readonly string[]): string {
  if (names.length <= 6) return names.join(" ");
  return `${names.slice(0, 5).join(" ")} and ${names.length - 5} more`;
}

function table(rows: readonly (readonly string[])[], numbersFrom: number): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i < numbersFrom ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

export function printExplanation(explanation: Explanation): string {
  const { traced, entries, passes, units, flops, arenaBytes, bytesWithoutReuse, threads } = explanation;
  const isTimed = units.some(({ milliseconds }) => milliseconds !== undefined);
  const all = units.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0);
  const rows = units.map(
    ({ way, operations, results, flops: own, share, bytesRead, bytesWritten, milliseconds = 0 }, i) => [
      `${i}`,
      way,
      counted(operations),
      counted(results),
      short(own).trim(),
      `${Math.round(100 * share)} %`,
      `${short(bytesRead)}B`,
      `${short(bytesWritten)}B`,
      ...(isTimed ? [microseconds(milliseconds), `${Math.round((100 * milliseconds) / all)} %`] : []),
    ],
  );
  const total = [
    "",
    "",
    "",
    "in all",
    short(flops).trim(),
    "",
    ...[explanation.bytesRead, explanation.bytesWritten].map((n) => `${short(n)}B`),
    ...(isTimed ? [microseconds(all), ""] : []),
  ];
  return [
    `${traced} operations traced, ${entries} after the passes, in ${units.length} units, for ${threads} ${threads === 1 ? "thread" : "threads"}`,
    `${short(arenaBytes)}B of memory for values, ${short(bytesWithoutReuse)}B without reuse`,
    "",
    ...table(
      [["pass", "before", "after"], ...passes.map(({ name, before, after }) => [name, `${before}`, `${after}`])],
      1,
    ),
    "",
    ...table(
      [
        [
          "unit",
          "way",
          "operations",
          "results",
          "FLOPs",
          "share",
          "read",
          "written",
          ...(isTimed ? ["time", "share"] : []),
        ],
        ...rows,
        total,
      ],
      4,
    ),
    ...units.flatMap(({ operations, reason }, i) =>
      reason ? [`unit ${i} runs ${operations[0]} in JavaScript: ${reason}`] : [],
    ),
  ].join("\n");
}
