import type { Body, Local, ModuleBuilder } from "../../wasm/builder.ts";
import type { Code } from "../../wasm/encode.ts";
import { type FloatVector, f32x4, type I32, i32, loads, stores, type V128, v128 } from "../../wasm/instructions.ts";
import type { Product } from "./kind.ts";
import { transposed } from "./packs.ts";

// The transforms of Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016,
// section 4.1): 2×2 results from 4×4 elements with 16 products. Each works on four patches at once, one in each lane, and reads or writes 16
// matrices that lie `stride` bytes apart. They only add and subtract, which no fusing changes.

const f: FloatVector = f32x4({ fma: false });

/** Bᵀ·d for four vectors. */
const before = ([d0, d1, d2, d3]: readonly V128[]): V128[] => [
  f.sub(d0!, d2!),
  f.add(d1!, d2!),
  f.sub(d2!, d1!),
  f.sub(d1!, d3!),
];
/** Aᵀ·m for four vectors. */
const after = ([m0, m1, m2, m3]: readonly V128[]): V128[] => [f.add(f.add(m0!, m1!), m2!), f.sub(f.sub(m1!, m2!), m3!)];
/** A·g for two vectors. */
const spread = ([g0, g1]: readonly V128[]): V128[] => [g0!, f.add(g0!, g1!), f.sub(g0!, g1!), f.neg(g1!)];

const keep = (body: Body, values: readonly V128[]): Local<"v128">[] => values.map((value) => body.local("v128", value));

/** The addresses of 16 matrices, `stride` bytes apart, as far as one row of four at a time. */
function eachRow(body: Body, first: I32, stride: I32, visit: (r: number, at: readonly I32[]) => void): void {
  const at = Array.from({ length: 4 }, () => body.local("i32"));
  const next = body.local("i32", first);
  for (let r = 0; r < 4; r++) {
    for (const address of at) {
      body.set(address, next);
      body.increase(next, stride);
    }
    visit(r, at);
  }
}

/** Bᵀ·d·B of the 4×4 patches at four addresses. */
function transformPatches(body: Body, patches: readonly I32[], rowBytes: I32, to: I32, stride: I32): void {
  const rows = patches.map((patch) => {
    const own = [body.local("i32", patch)];
    for (let r = 1; r < 4; r++) own.push(body.local("i32", i32.add(own[r - 1]!, rowBytes)));
    return own;
  });
  eachRow(body, to, stride, (r, at) => {
    const ofPatches = rows.map((own) => before(own.map((address) => loads.v128(address)))[r]!);
    const columns = keep(body, transposed(keep(body, ofPatches), 4));
    for (const [c, value] of before(columns).entries()) body.do(stores.v128(at[c]!, value));
  });
}

export interface Transforms {
  /** Tiles of one channel, four at a time: (channel, table of offsets of patches, count, bytes of a row, to, stride, bytes of a panel of 8 tiles). */
  readonly patchesOfTiles: Product;
  /** Channels of one tile, four at a time: (first patch, bytes of a channel, count, bytes of a row, to, stride, bytes of a panel of 8 channels). */
  readonly patchesOfChannels: Product;
  /** Aᵀ·m·A to tiles of one channel: (from, stride, table of offsets of places, count, channel, bytes of a row); 1 if a result is not finite. */
  readonly results: (...numbers: I32[]) => I32;
  /** A·g·Aᵀ of channels of one tile: (first place, bytes of a channel, count, bytes of a row, mask, to, stride, bytes of a panel of 4 channels). */
  readonly gradients: Product;
}

export function addTransforms(module: ModuleBuilder): Transforms {
  /** Calls `visit` for four of `count` at a time, with where they go: panels of 8. */
  const inPanels = (
    body: Body,
    count: I32,
    to: Local<"i32">,
    panelBytes: I32,
    visit: (i: Local<"i32">) => void,
  ): void => {
    const i = body.local("i32");
    const other = body.local("i32", i32.sub(panelBytes, i32.const(16)));
    body.for(i, count, 4, () => {
      visit(i);
      // The second half of a panel lies next to the first.
      body.if(
        i32.and(i, i32.const(4)),
        () => body.increase(to, other),
        () => body.increase(to, 16),
      );
    });
  };
  const patchesOfTiles = module.function(
    "winogradTiles",
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, channel, table, count, rowBytes, to, stride, panelBytes) =>
      inPanels(body, count, to, panelBytes, (i) => {
        const entry = body.local("i32", i32.add(table, i32.shl(i, i32.const(2))));
        const patches = [0, 4, 8, 12].map((place) => i32.add(channel, loads.i32(entry, place)));
        transformPatches(body, patches, rowBytes, to, stride);
      }),
  );
  const patchesOfChannels = module.function(
    "winogradChannels",
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, first, channelBytes, count, rowBytes, to, stride, panelBytes) =>
      inPanels(body, count, to, panelBytes, () => {
        const patches: Local<"i32">[] = [];
        for (let i = 0; i < 4; i++) {
          patches.push(body.local("i32", first));
          body.increase(first, channelBytes);
        }
        transformPatches(body, patches, rowBytes, to, stride);
      }),
  );
  const results = module.function(
    "winogradResults",
    ["i32", "i32", "i32", "i32", "i32", "i32"],
    (body, from, stride, table, count, channel, rowBytes) => {
      const i = body.local("i32");
      // Stays 0 unless something is infinite or NaN.
      const zero = body.local("v128", f.const(0));
      body.for(i, count, 4, () => {
        const halves: V128[][] = [];
        // Aᵀ from the left needs columns; rows are as good, for A is on both sides.
        eachRow(body, from, stride, (_, at) =>
          halves.push(
            keep(
              body,
              after(
                keep(
                  body,
                  at.map((address) => loads.v128(address)),
                ),
              ),
            ),
          ),
        );
        const [left, right] = [
          keep(body, after(halves.map((row) => row[0]!))),
          keep(body, after(halves.map((row) => row[1]!))),
        ];
        const entry = body.local("i32", i32.add(table, i32.shl(i, i32.const(2))));
        const places = [0, 4, 8, 12].map((place) => body.local("i32", i32.add(channel, loads.i32(entry, place))));
        for (const r of [0, 1]) {
          const pairs = [0, 8].map((half) => body.local("v128", interleaved(left[r]!, right[r]!, half)));
          for (const [t, place] of places.entries()) body.do(stores.lane64(place, pairs[t >> 1]!, 0, t & 1));
          if (r === 0) for (const place of places) body.increase(place, rowBytes);
          for (const value of [left[r]!, right[r]!]) body.set(zero, f.add(zero, f.mul(value, f.const(0))));
        }
        body.increase(from, 16);
      });
      return v128.anyTrue(f.ne(zero, zero));
    },
  );
  const gradients = module.function(
    "winogradGradients",
    ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"],
    (body, first, channelBytes, count, rowBytes, mask, to, stride, panelBytes) => {
      const i = body.local("i32");
      const isThere = body.local("v128", loads.v128(mask));
      body.for(i, count, 4, () => {
        const own = [0, 1, 2, 3].map(() => {
          const [above, below] = [loads.zero64(first), loads.zero64(i32.add(first, rowBytes))];
          const value = body.local("v128", v128.and(isThere, joined(above, below)));
          body.increase(first, channelBytes);
          return value;
        });
        // The four places of each channel: two above, two below.
        const [a, b, c, d] = keep(body, transposed(own, 4));
        const [left, right] = [keep(body, spread([a!, c!])), keep(body, spread([b!, d!]))];
        eachRow(body, to, stride, (r, at) => {
          for (const [column, value] of spread([left[r]!, right[r]!]).entries())
            body.do(stores.v128(at[column]!, value));
        });
        body.increase(to, panelBytes);
      });
    },
  );
  return {
    patchesOfTiles,
    patchesOfChannels,
    results: (...numbers) => ({ type: "i32", code: (results as (...all: I32[]) => Code)(...numbers) }),
    gradients,
  } as Transforms;
}

/** Elements of two vectors in turn: of their first halves, or from byte 8 on. */
const interleaved = (a: V128, b: V128, from: number): V128 =>
  v128.shuffle(
    a,
    b,
    [0, 16, 4, 20].flatMap((place) => [0, 1, 2, 3].map((byte) => from + place + byte)),
  );
/** The first halves of two vectors. */
const joined = (a: V128, b: V128): V128 => v128.shuffle(a, b, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
