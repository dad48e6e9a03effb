import { type MemoryImport, ModuleBuilder } from "../../wasm/builder.ts";
import { engine } from "../../wasm/engine.ts";
import { type Features, f32x4 } from "../../wasm/instructions.ts";
import { addChoosing } from "./choosing-chunks.ts";
import { addConvolution } from "./convolution-chunks.ts";
import { addConvolutionWeights } from "./convolution-weights-chunks.ts";
import { addGemm } from "./gemm.ts";
import { gemmChunk } from "./gemm-chunks.ts";
import { Heap } from "./heap.ts";
import { addIndexing } from "./indexing-chunks.ts";
import { addMovement } from "./movement-chunks.ts";
import { addNormalQuantile } from "./normal-quantile.ts";
import { Places } from "./places.ts";
import { addPooling } from "./pooling-chunks.ts";
import { addRandom, addWords } from "./random.ts";
import { addReductions } from "./reduce-chunks.ts";
import { Regions } from "./regions.ts";
import { addSoftmax } from "./softmax-chunks.ts";
import { addStandardize } from "./standardize-chunks.ts";
import { addSumPooling } from "./sum-pool-chunks.ts";
import { addTasks, type ChunkKernel } from "./tasks.ts";
import { type Caller, Threads } from "./threads.ts";
import { addUnary } from "./unary.ts";
import { addWinograd } from "./winograd-chunks.ts";
import { addWinogradWeights } from "./winograd-weights.ts";

export interface MachineOptions {
  /** Fuse products and sums where the engine can, if not false. */
  readonly fma?: boolean;
  /** Share the memory with workers where the environment can, if not false. */
  readonly shared?: boolean;
}

/** The kernels of a module, the memory that they work on, and the threads that run them. */
export interface Machine {
  readonly features: Features;
  /** How modules import the memory. */
  readonly limits: MemoryImport;
  readonly regions: Regions;
  readonly heap: Pick<
    Heap,
    "memory" | "begin" | "rounded" | "reserve" | "place" | "take" | "clear" | "outcome" | "read"
  >;
  readonly tasks: Pick<Threads, "count" | "wanted" | "limit" | "run" | "begin" | "await" | "add">;
  /** The kernels' numbers, by their names. */
  readonly kernels: ReadonlyMap<string, number>;
  /** The functions of the module, for modules that call them. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Kernels of other modules, whose numbers follow those of the machine. */
  readonly places: Places;
  /** Where the control block of the threads lies, below everything else. */
  readonly control: number;
}

/** Whether the engine runs a module that uses vectors, and products fused with sums, if these are asked for. */
function isSupported(features: Features): boolean {
  const module = new ModuleBuilder({ minimum: 0 });
  const f = f32x4(features);
  module.function("probe", ["v128"], (body, x) => body.set(x, f.madd(x, x, x)));
  return engine.validate(module.encode());
}

/**
 * A machine with its module, or `null` where WebAssembly is missing, forbidden by a page's security policy, or without vectors.
 */
export function startMachine({ fma = true, shared = true }: MachineOptions = {}): Machine | null {
  if (engine === undefined || !isSupported({ fma: false })) return null;
  const features = { fma: fma && isSupported({ fma: true }) };
  const isShared = shared && typeof SharedArrayBuffer !== "undefined";
  const limits: MemoryImport = isShared ? { minimum: 1, maximum: MOST_PAGES } : { minimum: 1 };
  const builder = new ModuleBuilder(limits);
  const log = builder.imported("log", ["f64"], ["f64"]);
  const products = addGemm(builder, features);
  const kernels = new Map<string, ChunkKernel>(addUnary(builder, features));
  kernels.set("randomWords", addWords(builder));
  for (const bytes of [4, 8] as const) {
    const direct = addConvolution(builder, products, bytes);
    kernels.set(`gemm_${bytes}`, gemmChunk(builder, products.gemm[bytes], "gemm", bytes));
    kernels.set(`unpacked_${bytes}`, gemmChunk(builder, products.unpacked[bytes], "unpacked", bytes));
    kernels.set(`convolve_${bytes}`, direct.forward);
    kernels.set(`convolveKernel_${bytes}`, direct.kernel);
    if (bytes === 4) {
      const minimal = addWinograd(builder, direct, products.tiles[4]);
      const weights = addWinogradWeights(builder);
      kernels.set("winogradSpread_4", weights.spread);
      kernels.set("winograd_4", minimal.forward);
      kernels.set("winogradKernel_4", minimal.kernel);
      kernels.set("winogradGather_4", weights.gather);
      kernels.set("winogradOtherwise_4", minimal.otherwise);
    }
  }
  const draws = addRandom(builder, addNormalQuantile(builder, log));
  for (const [name, kernel] of draws) kernels.set(name, kernel);
  for (const [name, kernel] of addIndexing(builder)) kernels.set(name, kernel);
  kernels.set("maxPool_4", addPooling(builder));
  const ofAxes = [
    addChoosing(builder),
    addReductions(builder),
    addSoftmax(builder, features),
    addStandardize(builder),
    addMovement(builder),
    addConvolutionWeights(builder),
    addSumPooling(builder),
  ];
  for (const [name, kernel] of ofAxes.flatMap((all) => [...all])) kernels.set(name, kernel);
  addTasks(builder, [...kernels.values()]);
  const module = compile(builder.encode());
  if (module === null) return null;
  const memory = new engine.Memory(isShared ? { initial: 1, maximum: MOST_PAGES, shared: true } : { initial: 1 });
  const table = new engine.Table({ element: "anyfunc", initial: 0 });
  const { exports } = new engine.Instance(module, { env: { memory, table, log: Math.log } });
  const regions = new Regions(memory);
  const numbers = new Map([...kernels.keys()].map((name, i) => [name, i]));
  const heap = new Heap(regions);
  const tasks = new Threads(module, regions, CONTROL_ADDRESS, exports as unknown as Caller, [...kernels.keys()]);
  return {
    features,
    limits,
    regions,
    heap,
    tasks,
    kernels: numbers,
    exports,
    places: new Places(table),
    control: CONTROL_ADDRESS,
  };
}

/** Behind the zeros that some kernels read. */
const CONTROL_ADDRESS = 64;
/** 4 GB, all that a machine can address. */
const MOST_PAGES = 65536;

/** `null` where a page's security policy forbids WebAssembly. */
function compile(bytes: Uint8Array<ArrayBuffer>): object | null {
  try {
    return new engine.Module(bytes);
  } catch {
    return null;
  }
}
