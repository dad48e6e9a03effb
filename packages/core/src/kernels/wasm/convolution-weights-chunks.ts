import type { ModuleBuilder } from "../../wasm/builder.ts";
import { demoteZero, f64x2, type I32, i32, loads, promoteLow, stores, type V128 } from "../../wasm/instructions.ts";
import { minimum } from "./kind.ts";
import type { ChunkKernel } from "./tasks.ts";

/** Weights of a chunk: a multiple of what a vector holds. */
export const CHUNK: number = 1 << 13;

const TURN_TASK = ["rows", "perChunk", "inChannels", "outChannels", "taps", "w", "to"] as const;
const SUM_TASK = ["from", "parts", "size", "to", "condition"] as const;

const f = f64x2({ fma: false });

/** Adds what turns kernels round, [group·out, in, taps] to [group·in, out, taps backwards], and what adds up their gradients, to a module. */
export function addConvolutionWeights(module: ModuleBuilder): ReadonlyMap<string, ChunkKernel> {
  const kernels = new Map<string, ChunkKernel>();
  for (const bytes of [4, 8] as const) {
    kernels.set(`turn_${bytes}`, addTurn(module, bytes));
    kernels.set(`sumParts_${bytes}`, addSumParts(module, bytes));
  }
  return kernels;
}

const addTurn = (module: ModuleBuilder, bytes: 4 | 8): ChunkKernel =>
  module.function(`turn_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const at = (name: (typeof TURN_TASK)[number]): I32 => loads.i32(task, 4 * TURN_TASK.indexOf(name));
    const row = body.local("i32", i32.mul(chunk, at("perChunk")));
    const end = body.local("i32", i32.add(row, minimum(i32.sub(at("rows"), row), at("perChunk"))));
    const kernel = body.local("i32", i32.mul(at("taps"), i32.const(bytes)));
    const apart = body.local("i32", i32.mul(at("inChannels"), kernel));
    const to = body.local("i32", i32.add(at("to"), i32.mul(i32.mul(row, at("outChannels")), kernel)));
    const [o, from, source, last] = body.locals("i32", "i32", "i32", "i32");
    body.for(row, end, 1, () => {
      const group = body.local("i32", i32.divU(row, at("inChannels")));
      const channel = i32.sub(row, i32.mul(group, at("inChannels")));
      const first = i32.mul(i32.mul(group, at("outChannels")), apart);
      body.set(from, i32.add(at("w"), i32.add(first, i32.mul(channel, kernel))));
      body.set(o, i32.const(0));
      body.for(o, at("outChannels"), 1, () => {
        body.set(source, i32.add(from, kernel));
        body.set(last, i32.add(to, kernel));
        body.for(to, last, bytes, () => {
          body.increase(source, -bytes);
          body.do(bytes === 4 ? stores.i32(to, loads.i32(source)) : stores.f64(to, loads.f64(source)));
        });
        body.increase(from, apart);
      });
    });
  });

/** The elements of a sum's part, two at a time, as numbers of 64 bits. */
const pair = (address: I32, bytes: 4 | 8): V128 =>
  bytes === 4 ? promoteLow(loads.zero64(address)) : loads.v128(address);

/** Sums are in float64: what lies behind the last element is summed, too, but not stored. */
const addSumParts = (module: ModuleBuilder, bytes: 4 | 8): ChunkKernel =>
  module.function(`sumParts_${bytes}`, ["i32", "i32", "i32"], (body, task, chunk, _thread) => {
    const at = (name: (typeof SUM_TASK)[number]): I32 => loads.i32(task, 4 * SUM_TASK.indexOf(name));
    const isWanted = i32.or(i32.eqz(at("condition")), loads.i32(at("condition")));
    body.if(isWanted, () => {
      const i = body.local("i32", i32.mul(chunk, i32.const(CHUNK)));
      const size = body.local("i32", i32.mul(at("size"), i32.const(bytes)));
      const last = body.local("i32", i32.add(i, minimum(i32.sub(at("size"), i), i32.const(CHUNK))));
      const [part, from] = body.locals("i32", "i32");
      const total = body.local("v128");
      body.for(i, last, 2, () => {
        const offset = body.local("i32", i32.mul(i, i32.const(bytes)));
        body.set(from, i32.add(at("from"), offset));
        body.set(total, f.const(0));
        body.set(part, i32.const(0));
        body.for(part, at("parts"), 1, () => {
          body.set(total, f.add(total, pair(from, bytes)));
          body.increase(from, size);
        });
        const to = body.local("i32", i32.add(at("to"), offset));
        if (bytes === 4) body.set(total, demoteZero(total));
        const isWhole = i32.gtS(i32.sub(last, i), i32.const(1));
        const one = bytes === 4 ? stores.lane32 : stores.lane64;
        body.if(
          isWhole,
          () => body.do(bytes === 4 ? stores.lane64(to, total) : stores.v128(to, total)),
          () => body.do(one(to, total)),
        );
      });
    });
  });
