import type { Code } from "../../wasm/encode.ts";
import {
  type Features,
  type FloatVector,
  f32x4,
  f64x2,
  type I32,
  i32,
  loads,
  type V128,
} from "../../wasm/instructions.ts";

// What the parts of products of matrices share.

/** What differs between the two float dtypes. */
export interface Kind {
  readonly name: "f32" | "f64";
  readonly vector: FloatVector;
  readonly bytes: 4 | 8;
  /** One value in every lane. */
  readonly splat: (address: I32, offset: number) => V128;
}

/** The tile of C that is held in registers: 4 rows of two vectors, 8 of the 16 registers, whether products are fused or not. */
export const ROWS = 4;
export const VECTORS = 2;
/** Depth of a block: a panel of B of this depth, 16 kB, stays in the first cache. */
export const DEPTH = 512;

export const kinds = (features: Features): readonly Kind[] => [
  { name: "f32", vector: f32x4(features), bytes: 4, splat: loads.splat32 },
  { name: "f64", vector: f64x2(features), bytes: 8, splat: loads.splat64 },
];

/** Columns of the tile. */
export const tileColumns = (bytes: number): number => (VECTORS * 16) / bytes;

/** A function of a module that takes numbers. */
export type Product = (...numbers: I32[]) => Code;

export const minimum = (a: I32, b: I32): I32 => ({ type: "i32", code: [a.code, b.code, i32.ltS(a, b).code, 0x1b] });

/** How many parts of a length there are. */
export const ceiling = (length: I32, part: I32): I32 => i32.divU(i32.add(length, i32.sub(part, i32.const(1))), part);
