import type { ModuleBuilder } from "../../wasm/builder.ts";
import { type I32, i32, loads } from "../../wasm/instructions.ts";
import { ceiling, minimum, type Product } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/** The numbers of the task of a batch of products, in order; `offsets` is where bytes to each A, then to each B stand. */
export const GEMM_TASK = [
  "batch",
  "matrices",
  "offsets",
  "m",
  "n",
  "k",
  "a",
  "aRow",
  "aStep",
  "b",
  "bStep",
  "bColumn",
  "c",
  "work",
  "workBytes",
  "rows",
  "columns",
] as const;

/** One part of a batch of products: of the matrices, and of the rows and columns of each C, so many to a chunk. */
export function gemmChunk(module: ModuleBuilder, product: Product, name: string, bytes: 4 | 8): ChunkKernel {
  return module.function(`${name}Chunk_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, thread) => {
    const at = (name: (typeof GEMM_TASK)[number]): I32 => loads.i32(task, 4 * GEMM_TASK.indexOf(name));
    const [wide, high] = [
      body.local("i32", ceiling(at("n"), at("columns"))),
      body.local("i32", ceiling(at("m"), at("rows"))),
    ];
    const rest = body.local("i32", i32.divU(chunk, wide));
    const i = body.local("i32", i32.mul(i32.remU(rest, high), at("rows")));
    const j = body.local("i32", i32.mul(i32.remU(chunk, wide), at("columns")));
    const matrix = body.local("i32", i32.mul(i32.divU(rest, high), at("matrices")));
    const end = body.local("i32", minimum(at("batch"), i32.add(matrix, at("matrices"))));
    const cRow = body.local("i32", i32.mul(at("n"), i32.const(bytes)));
    const [m, n] = [
      body.local("i32", minimum(i32.sub(at("m"), i), at("rows"))),
      body.local("i32", minimum(i32.sub(at("n"), j), at("columns"))),
    ];
    const work = body.local("i32", i32.add(at("work"), i32.mul(thread, at("workBytes"))));
    const offsetOf = (index: I32): I32 => loads.i32(i32.add(at("offsets"), i32.shl(index, i32.const(2))));
    body.for(matrix, end, 1, () => {
      const a = i32.add(i32.add(at("a"), i32.mul(i, at("aRow"))), offsetOf(matrix));
      const b = i32.add(i32.add(at("b"), i32.mul(j, at("bColumn"))), offsetOf(i32.add(matrix, at("batch"))));
      const c = i32.add(
        i32.add(at("c"), i32.mul(i32.add(i32.mul(matrix, at("m")), i), cRow)),
        i32.mul(j, i32.const(bytes)),
      );
      const [aRow, aStep, bStep, bColumn] = [at("aRow"), at("aStep"), at("bStep"), at("bColumn")];
      body.do(product(m, n, at("k"), a, aRow, aStep, b, bStep, bColumn, c, cRow, work, i32.const(0)));
    });
  });
}
