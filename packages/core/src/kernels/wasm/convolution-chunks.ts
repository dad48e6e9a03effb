import type { Body, ModuleBuilder } from "../../wasm/builder.ts";
import { copyBytes, type I32, i32, loads, stores } from "../../wasm/instructions.ts";
import type { Products } from "./gemm.ts";
import { minimum, type Product } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/** How an image of several channels is put into the middle of zeros: counts, and distances in bytes. */
export const PLACEMENT = [
  "channels",
  "planes",
  "rows",
  "length",
  "fromFirst",
  "toFirst",
  "fromRow",
  "toRow",
  "step",
  "fromPlane",
  "toPlane",
  "fromChannel",
  "toChannel",
] as const;
const OWN = [
  "m",
  "n",
  "k",
  "groups",
  "images",
  "perChunk",
  "a",
  "aPart",
  "x",
  "xPart",
  "c",
  "cPart",
  "steps",
  "lanes",
  "work",
  "workBytes",
  "padded",
  "paddedBytes",
] as const;
/** The numbers of a convolution's task: sizes of its products, addresses, bytes of one image, and the placement of it. */
export const CONVOLUTION_TASK: readonly ((typeof OWN)[number] | (typeof PLACEMENT)[number])[] = [...OWN, ...PLACEMENT];
type Name = (typeof CONVOLUTION_TASK)[number];

const at = (task: I32, name: Name): I32 => loads.i32(task, 4 * CONVOLUTION_TASK.indexOf(name));

/** Copies one image to where its padding ends. */
function addPlace(module: ModuleBuilder, bytes: 4 | 8) {
  return module.function(`place_${bytes}`, ["i32", "i32", "i32"], (body, task, from, to) => {
    const [c, d, h, x] = [body.local("i32"), body.local("i32"), body.local("i32"), body.local("i32")];
    const [fromChannel, toChannel] = [
      body.local("i32", i32.add(from, at(task, "fromFirst"))),
      body.local("i32", i32.add(to, at(task, "toFirst"))),
    ];
    const [fromPlane, toPlane, fromRow, toRow] = [
      body.local("i32"),
      body.local("i32"),
      body.local("i32"),
      body.local("i32"),
    ];
    const [length, step] = [body.local("i32", at(task, "length")), body.local("i32", at(task, "step"))];
    body.for(c, at(task, "channels"), 1, () => {
      body.set(fromPlane, fromChannel);
      body.set(toPlane, toChannel);
      body.set(d, i32.const(0));
      body.for(d, at(task, "planes"), 1, () => {
        body.set(fromRow, fromPlane);
        body.set(toRow, toPlane);
        body.set(h, i32.const(0));
        body.for(h, at(task, "rows"), 1, () => {
          body.if(
            i32.eq(step, i32.const(bytes)),
            () => body.do(copyBytes(toRow, fromRow, length)),
            // Zeros stay between the elements.
            () => {
              body.set(x, i32.const(0));
              const target = body.local("i32", toRow);
              body.for(x, length, bytes, () => {
                const source = i32.add(fromRow, x);
                body.do(bytes === 4 ? stores.f32(target, loads.f32(source)) : stores.f64(target, loads.f64(source)));
                body.increase(target, step);
              });
            },
          );
          body.increase(fromRow, at(task, "fromRow"));
          body.increase(toRow, at(task, "toRow"));
        });
        body.increase(fromPlane, at(task, "fromPlane"));
        body.increase(toPlane, at(task, "toPlane"));
      });
      body.increase(fromChannel, at(task, "fromChannel"));
      body.increase(toChannel, at(task, "toChannel"));
    });
  });
}

/**
 * Adds the kernels of convolutions. The task of a chunk is so many images; for each image and group there is one product: of A with what is
 * gathered from the image. `forward` has a C for each image, `kernel` one for each chunk, to which its images are added.
 */
export function addConvolution(
  module: ModuleBuilder,
  { gather }: Products,
  bytes: 4 | 8,
): { readonly forward: ChunkKernel; readonly kernel: ChunkKernel; readonly place: Product } {
  const place = addPlace(module, bytes);
  const chunkKernel = (
    name: string,
    addressesOf: (task: I32, chunk: I32, part: I32, group: I32) => { a: I32; c: I32 },
    adds: boolean,
  ) =>
    module.function(`${name}_${bytes}`, ["i32", "i32", "i32"], (body: Body, task, chunk, thread) => {
      const first = body.local("i32", i32.mul(chunk, at(task, "perChunk")));
      const image = body.local("i32", first);
      const end = body.local("i32", i32.add(first, minimum(i32.sub(at(task, "images"), first), at(task, "perChunk"))));
      const [group, part, x] = [body.local("i32"), body.local("i32"), body.local("i32")];
      const padded = body.local("i32", i32.add(at(task, "padded"), i32.mul(thread, at(task, "paddedBytes"))));
      const work = body.local("i32", i32.add(at(task, "work"), i32.mul(thread, at(task, "workBytes"))));
      body.for(image, end, 1, () => {
        body.set(group, i32.const(0));
        body.for(group, at(task, "groups"), 1, () => {
          body.set(part, i32.add(i32.mul(image, at(task, "groups")), group));
          body.set(x, i32.add(at(task, "x"), i32.mul(part, at(task, "xPart"))));
          body.if(at(task, "paddedBytes"), () => {
            body.do(place(task, x, padded));
            body.set(x, padded);
          });
          const { a, c } = addressesOf(task, chunk, part, group);
          const cRow = i32.mul(at(task, "n"), i32.const(bytes));
          const add = adds ? i32.sub(image, first) : i32.const(0);
          const aRow = i32.mul(at(task, "k"), i32.const(bytes));
          body.do(
            gather[bytes](
              at(task, "m"),
              at(task, "n"),
              at(task, "k"),
              a,
              aRow,
              i32.const(bytes),
              x,
              at(task, "steps"),
              at(task, "lanes"),
              c,
              cRow,
              work,
              add,
            ),
          );
        });
      });
    });
  const offset = (task: I32, base: Name, index: I32, size: Name): I32 =>
    i32.add(at(task, base), i32.mul(index, at(task, size)));
  return {
    place,
    forward: chunkKernel(
      "convolve",
      (task, _, part, group) => ({ a: offset(task, "a", group, "aPart"), c: offset(task, "c", part, "cPart") }),
      false,
    ),
    kernel: chunkKernel(
      "convolveKernel",
      (task, chunk, part, group) => ({
        a: offset(task, "a", part, "aPart"),
        c: offset(task, "c", i32.add(i32.mul(chunk, at(task, "groups")), group), "cPart"),
      }),
      true,
    ),
  };
}
