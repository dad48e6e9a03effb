import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Draw, Workload } from "./workload.ts";

interface Manifest {
  readonly settings: Readonly<Record<string, number>>;
  /** `offset` in bytes. Elements have four: int32 for labels, else float32, little-endian. */
  readonly arrays: readonly { readonly name: string; readonly draw: Draw; readonly offset: number }[];
}

/** The arrays and settings of a workload, as its file has them. */
export interface Data {
  setting(name: string): number;
  shape(name: string): readonly number[];
  floats(name: string): Float32Array<ArrayBuffer>;
  labels(name: string): Int32Array<ArrayBuffer>;
  /** Names of the arrays that are neither x nor y: the parameters, in order. */
  readonly parameters: readonly string[];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Uniform numbers in [0, 1): mulberry32, so that the data are no one's random kernel. */
function generator(text: string): () => number {
  let state = createHash("sha256").update(text).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawn(draw: Draw, seed: string): Float32Array | Int32Array {
  const random = generator(seed);
  const length = sizeOf(draw.shape);
  if (draw.kind === "labels") return Int32Array.from({ length }, () => Math.floor(random() * draw.classes));
  if (draw.kind === "bits") return Float32Array.from({ length }, () => Math.floor(random() * 2));
  const { mean = 0, std = 1 } = draw;
  // Box and Muller; 1 − u is never 0.
  const next = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float32Array.from({ length }, () => mean + std * next());
}

/** Draws the data of a workload into `folder`, unless they are there; returns their path without an extension. */
export function writeData(folder: string, { name, arrays, settings = {} }: Workload): string {
  // Another shape or setting is another file.
  const version = createHash("sha256")
    .update(JSON.stringify([arrays, settings]))
    .digest("hex")
    .slice(0, 8);
  const path = join(folder, `${name}-${version}`);
  if (existsSync(`${path}.json`)) return path;
  mkdirSync(folder, { recursive: true });
  const parts = Object.entries(arrays).map(([array, draw]) => drawn(draw, `${name}/${array}`));
  let offset = 0;
  const manifest: Manifest = {
    settings,
    arrays: Object.entries(arrays).map(([array, draw], i) => {
      const entry = { name: array, draw, offset };
      offset += parts[i]!.byteLength;
      return entry;
    }),
  };
  writeFileSync(`${path}.bin`, Buffer.concat(parts.map((part) => new Uint8Array(part.buffer))));
  // Last, since it says that all is there.
  writeFileSync(`${path}.json`, JSON.stringify(manifest));
  return path;
}

/** @param path as `writeData` returned it. */
export function readData(path: string): Data {
  const { settings, arrays } = JSON.parse(readFileSync(`${path}.json`, "utf8")) as Manifest;
  const { buffer } = new Uint8Array(readFileSync(`${path}.bin`));
  const entry = (name: string): Manifest["arrays"][number] => {
    const found = arrays.find((array) => array.name === name);
    if (found) return found;
    throw new Error(`readData: there is no array ${name}; use ${arrays.map((array) => array.name).join(", ")}`);
  };
  return {
    setting: (name) => {
      if (name in settings) return settings[name]!;
      throw new Error(`readData: there is no setting ${name}; use ${Object.keys(settings).join(", ")}`);
    },
    shape: (name) => entry(name).draw.shape,
    // Copies, so that nothing writes to what another reads.
    floats: (name) => new Float32Array(buffer, entry(name).offset, sizeOf(entry(name).draw.shape)).slice(),
    labels: (name) => new Int32Array(buffer, entry(name).offset, sizeOf(entry(name).draw.shape)).slice(),
    parameters: arrays.map(({ name }) => name).filter((name) => name !== "x" && name !== "y"),
  };
}

/** A few numbers that stand for an array: its first, middle and last element, and the root of its mean square. */
export function probes(array: ArrayLike<number>): number[] {
  let squares = 0;
  for (let i = 0; i < array.length; i++) squares += array[i]! * array[i]!;
  return [array[0]!, array[array.length >> 1]!, array[array.length - 1]!, Math.sqrt(squares / array.length)];
}
