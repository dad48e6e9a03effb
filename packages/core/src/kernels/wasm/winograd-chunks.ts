import type { Body, ModuleBuilder } from "../../wasm/builder.ts";
import { type I32, i32, loads } from "../../wasm/instructions.ts";
import { CONVOLUTION_TASK } from "./convolution-chunks.ts";
import { minimum, type Product, ROWS, VECTORS } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";
import { addTransforms } from "./winograd-transforms.ts";

const OWN = [
  /** How many tiles an image has, and how many a block: as many as stay in the second cache with their products. */
  "tiles",
  "block",
  /** Tables of the tiles: bytes to their patches of x, bytes to their places in y, and masks of what of a place is its own. */
  "patches",
  "places",
  "masks",
  /** Bytes of a channel and of a row, of x with its zeros and of y. */
  "channelX",
  "rowX",
  "channelY",
  "rowY",
  /** Transformed kernels, or for the transpose by w their sums: for each chunk so many bytes. */
  "minimal",
  "minimalPart",
  /** The address of a word that is not 0 where a sum is not finite. */
  "flag",
] as const;
/** The numbers of a task: those of the direct way, and of tiles. */
export const WINOGRAD_TASK: readonly ((typeof CONVOLUTION_TASK)[number] | (typeof OWN)[number])[] = [
  ...CONVOLUTION_TASK,
  ...OWN,
];
const at = (task: I32, name: (typeof WINOGRAD_TASK)[number]): I32 => loads.i32(task, 4 * WINOGRAD_TASK.indexOf(name));

/** Keeps the 16 matrices of a transform from lying a power of two apart. */
const GAP = 64;
/** Products of matrices for each pair of transformed elements. */
const PRODUCTS = 16;
const SCRATCH = ROWS * VECTORS * 16;
/** Columns of a panel of the product. */
const PANEL = 8;

/** Bytes that a thread needs for blocks of so many tiles, of so many channels of x and y. */
export const winogradScratch = (block: number, channels: number, rows: number): number =>
  SCRATCH + PRODUCTS * (4 * block * (Math.ceil(channels / PANEL) * PANEL + rows) + 2 * GAP);

/**
 * Adds the kernels of convolutions by Winograd's minimal filtering, in float32: for each of the 16 elements of a transformed patch there is a
 * product of matrices. `forward` has [y's channels, x's channels]·[x's channels, tiles] for a block of tiles; `kernel`, its transpose, adds up
 * [y's channels, tiles]·[tiles, x's channels] for the images of a chunk. What is not finite reaches a whole tile here: such images are done
 * the direct way, and `otherwise` is that of the transpose by w, where a sum was not finite.
 */
export function addWinograd(
  module: ModuleBuilder,
  direct: { readonly forward: ChunkKernel; readonly kernel: ChunkKernel; readonly place: Product },
  tiles: Product,
): Readonly<Record<"forward" | "kernel" | "otherwise", ChunkKernel>> {
  const transforms = addTransforms(module);

  /** Visits the blocks of tiles of the images of a chunk. */
  const eachBlock = (
    body: Body,
    [task, chunk, thread]: readonly [I32, I32, I32],
    visit: (image: I32, isFirst: I32, tile: I32, count: I32, x: I32, work: I32) => void,
  ): void => {
    const first = body.local("i32", i32.mul(chunk, at(task, "perChunk")));
    const image = body.local("i32", first);
    const end = body.local("i32", i32.add(first, minimum(i32.sub(at(task, "images"), first), at(task, "perChunk"))));
    const [tile, x, count] = body.locals("i32", "i32", "i32");
    const padded = body.local("i32", i32.add(at(task, "padded"), i32.mul(thread, at(task, "paddedBytes"))));
    const work = body.local("i32", i32.add(at(task, "work"), i32.mul(thread, at(task, "workBytes"))));
    body.for(image, end, 1, () => {
      body.set(x, i32.add(at(task, "x"), i32.mul(image, at(task, "xPart"))));
      body.if(at(task, "paddedBytes"), () => {
        body.do(direct.place(task, x, padded));
        body.set(x, padded);
      });
      body.set(tile, i32.const(0));
      const hasMore = (): I32 => i32.ltS(tile, at(task, "tiles"));
      body.while(hasMore, () => {
        body.set(count, minimum(i32.sub(at(task, "tiles"), tile), at(task, "block")));
        visit(image, i32.eqz(i32.or(i32.sub(image, first), tile)), tile, count, x, work);
        body.increase(tile, count);
      });
    });
  };
  const entry = (task: I32, table: "patches" | "places", tile: I32): I32 =>
    i32.add(at(task, table), i32.shl(tile, i32.const(2)));

  const forward = module.function("winograd", ["i32", "i32", "i32"], (body, task, chunk, thread) => {
    const [c, u, v, m, strideU, strideV, strideM, e, j, from, to, panel] = body.locals(
      ...(["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const),
    );
    const isOdd = body.local("i32");
    eachBlock(body, [task, chunk, thread], (image, _, tile, count, x, work) => {
      const rows = at(task, "m");
      const rowBytes = body.local("i32", i32.shl(count, i32.const(2)));
      body.set(panel, i32.mul(at(task, "channels"), i32.const(PANEL * 4)));
      body.set(strideU, i32.mul(rows, i32.shl(at(task, "channels"), i32.const(2))));
      body.set(strideV, i32.add(i32.mul(rowBytes, at(task, "channels")), i32.const(GAP)));
      body.set(strideM, i32.add(i32.mul(rowBytes, rows), i32.const(GAP)));
      body.set(v, i32.add(work, i32.const(SCRATCH)));
      body.set(m, i32.add(v, i32.mul(strideV, i32.const(PRODUCTS))));
      body.set(c, i32.const(0));
      body.set(from, x);
      body.set(to, v);
      body.for(c, at(task, "channels"), 1, () => {
        body.do(
          transforms.patchesOfTiles(from, entry(task, "patches", tile), count, at(task, "rowX"), to, strideV, panel),
        );
        body.increase(from, at(task, "channelX"));
        body.increase(to, PANEL * 4);
      });
      body.set(e, i32.const(0));
      body.set(u, at(task, "minimal"));
      body.set(from, m);
      body.for(e, i32.const(PRODUCTS), 1, () => {
        body.set(j, i32.const(0));
        const right = body.local("i32", v);
        body.for(j, count, PANEL, () => {
          const left = i32.add(from, i32.shl(j, i32.const(2)));
          body.do(tiles(at(task, "channels"), u, right, left, rowBytes, rows, i32.const(PANEL), i32.const(0), work));
          body.increase(right, panel);
        });
        body.increase(u, strideU);
        body.increase(v, strideV);
        body.increase(from, strideM);
      });
      body.set(c, i32.const(0));
      body.set(from, m);
      body.set(to, i32.add(at(task, "c"), i32.mul(image, at(task, "cPart"))));
      body.for(c, rows, 1, () => {
        const isNot = transforms.results(from, strideM, entry(task, "places", tile), count, to, at(task, "rowY"));
        body.set(isOdd, i32.or(isOdd, isNot));
        body.increase(from, rowBytes);
        body.increase(to, at(task, "channelY"));
      });
    });
    body.if(isOdd, () => body.do(direct.forward(task, chunk, thread)));
  });

  const kernel = module.function("winogradKernel", ["i32", "i32", "i32"], (body, task, chunk, thread) => {
    const [c, t, d, v, g, strideD, strideV, strideG, e, to, y] = body.locals(
      ...(["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const),
    );
    eachBlock(body, [task, chunk, thread], (image, isFirst, tile, count, x, work) => {
      const [rows, columns] = [at(task, "m"), at(task, "channels")];
      const panelV = body.local("i32", i32.mul(count, i32.const(PANEL * 4)));
      const panelG = body.local("i32", i32.mul(count, i32.const(ROWS * 4)));
      const adds = body.local("i32", i32.eqz(isFirst));
      const panels = i32.shrU(i32.add(columns, i32.const(PANEL - 1)), i32.const(3));
      body.set(strideD, i32.mul(rows, i32.shl(columns, i32.const(2))));
      body.set(strideV, i32.add(i32.mul(panelV, panels), i32.const(GAP)));
      body.set(strideG, i32.add(i32.mul(panelG, i32.shrU(rows, i32.const(2))), i32.const(GAP)));
      body.set(v, i32.add(work, i32.const(SCRATCH)));
      body.set(g, i32.add(v, i32.mul(strideV, i32.const(PRODUCTS))));
      body.set(y, i32.add(at(task, "a"), i32.mul(image, at(task, "aPart"))));
      body.set(t, i32.const(0));
      body.for(t, count, 1, () => {
        const own = body.local("i32", i32.add(tile, t));
        const patch = i32.add(x, loads.i32(entry(task, "patches", own)));
        const at8 = i32.add(v, i32.mul(t, i32.const(PANEL * 4)));
        body.do(
          transforms.patchesOfChannels(patch, at(task, "channelX"), columns, at(task, "rowX"), at8, strideV, panelV),
        );
        const placed = i32.add(y, loads.i32(entry(task, "places", own)));
        const mask = i32.add(at(task, "masks"), i32.shl(own, i32.const(4)));
        const at4 = i32.add(g, i32.mul(t, i32.const(ROWS * 4)));
        body.do(transforms.gradients(placed, at(task, "channelY"), rows, at(task, "rowY"), mask, at4, strideG, panelG));
      });
      body.set(d, i32.add(at(task, "minimal"), i32.mul(chunk, at(task, "minimalPart"))));
      body.set(e, i32.const(0));
      body.for(e, i32.const(PRODUCTS), 1, () => {
        body.set(c, i32.const(0));
        body.set(to, d);
        const right = body.local("i32", v);
        body.for(c, columns, PANEL, () => {
          const rowBytes = i32.shl(columns, i32.const(2));
          body.do(tiles(count, g, right, to, rowBytes, rows, i32.sub(columns, c), adds, work));
          body.increase(right, panelV);
          body.increase(to, PANEL * 4);
        });
        body.increase(d, strideD);
        body.increase(v, strideV);
        body.increase(g, strideG);
      });
    });
  });
  const otherwise = module.function("winogradOtherwise", ["i32", "i32", "i32"], (body, task, chunk, thread) =>
    body.if(loads.i32(at(task, "flag")), () => body.do(direct.kernel(task, chunk, thread))),
  );
  return { forward, kernel, otherwise };
}
