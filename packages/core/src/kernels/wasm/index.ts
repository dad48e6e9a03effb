import { dtypeOfArray, type Storage } from "../../dtype.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { ConvolutionPlan, ElementwisePlan, Kernels, UnaryLoop } from "../kernels.ts";
import { reference } from "../reference/index.ts";
import { reduceBy } from "../reference/reduce.ts";
import { convolve, convolveInput, convolveKernel } from "./convolution.ts";
import { isChainable, isElementwise, planRunner } from "./elementwise.ts";
import { layoutOf } from "./extent.ts";
import type { Machine } from "./machine.ts";
import { poolingKernels } from "./pooling.ts";
import { multiply } from "./products.ts";
import { UNIFORM_CHUNK } from "./random.ts";
import { reduceMiddle } from "./reduce.ts";
import { runAlong } from "./softmax.ts";
import { isLimited, UNARY_CHUNK, unaryName } from "./unary.ts";

/** The sizes of calls from which on a machine is faster than plain loops: below, the copies in and out cost more than they save. */
export interface Crossover {
  /** Multiplications of a product of matrices, or of a convolution. */
  readonly products: number;
  /** Elements of an elementary function. */
  readonly functions: number;
  /** Elements of the result of arithmetic and comparisons. */
  readonly arithmetic: number;
  /** Random numbers. */
  readonly draws: number;
  /** Elements of what is reduced. */
  readonly reductions: number;
}

/** Near where products, tanh, exp, add and uniform draws took the same time both ways, in float32, on the machine of the benchmarks. */
const MEASURED: Crossover = { products: 12 ** 3, functions: 512, arithmetic: 4096, draws: 256, reductions: 2048 };

/**
 * The kernels of a machine, with the reference ones for what it does not do, or not faster.
 * @param machine the machine, started when it is first needed; `null` where there is none.
 */
export function acceleratedKernels(machine: () => Machine | null, from: Crossover = MEASURED): Kernels {
  /** The machine, for a call that is large enough and on floats of one dtype. */
  const machineFor = (isLarge: boolean, out: Storage, ...inputs: readonly Storage[]): Machine | null => {
    const isOurs = isLarge && isFloats(out) && inputs.every((input) => input.constructor === out.constructor);
    return isOurs ? machine() : null;
  };
  const convolution =
    (name: "convolve" | "convolveInput" | "convolveKernel", kernel: typeof convolve) =>
    (a: Storage, b: Storage, out: Storage, plan: ConvolutionPlan): void => {
      const { batch, groups, inChannels, outChannels, kernel: taps, output } = plan;
      const work = batch * groups * inChannels * outChannels * sizeOf(taps) * sizeOf(output);
      const runner = machineFor(work >= from.products && work > 0, out, a, b);
      if (runner === null) reference[name](a, b, out, plan);
      else kernel(runner, a, b, out, plan);
    };
  let runner: ReturnType<typeof planRunner> | undefined;
  const runPlan = (own: Machine): ReturnType<typeof planRunner> => {
    runner ??= planRunner(own);
    return runner;
  };
  const plans = new Map<string, ElementwisePlan>();

  /** Runs an operation of several operands; whether there is a way to. */
  const combined = (
    name: string,
    operands: readonly Storage[],
    shapes: readonly Shape[],
    out: Storage,
    shape: Shape,
  ): boolean => {
    const floats = operands.filter(isFloats);
    const [first] = floats;
    if (first === undefined || out.length < from.arithmetic || out.length === 0) return false;
    const bytes = first.BYTES_PER_ELEMENT as 4 | 8;
    if (!isElementwise(name, bytes) || floats.some(({ constructor }) => constructor !== first.constructor))
      return false;
    // A condition comes as bytes; everything else is of the dtype of the floats.
    if (operands.length - floats.length !== (name === "where" ? 1 : 0)) return false;
    const layout = layoutOf(shapes, shape);
    if (layout === null) return false;
    const { kinds, extent } = layout;
    const isBool = operands.map((operand) => !isFloats(operand));
    if (kinds.some((kind, i) => isBool[i] && (kind === "scalar" || kind === "column"))) return false;
    const own = machine();
    if (own === null) return false;
    const key = `${name} ${bytes} ${kinds}`;
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = {
        operands: kinds.map((kind, i) => ({ kind, isBool: isBool[i]! })),
        steps: [{ operation: name, from: kinds.map((_, i) => i) }],
        results: [kinds.length],
      };
      plans.set(key, plan);
    }
    runPlan(own)(plan, extent, bytes, operands, [out]);
    return true;
  };

  return {
    ...reference,

    chains: {
      supports: (operation, bytes) => {
        const own = machine();
        return own !== null && isChainable(operation, bytes, own.features);
      },
      run: (plan, operands, results) => {
        const [first] = results as [Storage];
        const extent = { outer: 1, rows: 1, length: first.length };
        // Nothing is planned for a machine that supports nothing.
        runPlan(machine() as Machine)(plan, extent, first.BYTES_PER_ELEMENT as 4 | 8, operands, results);
      },
    },

    binary(name, loop, x, xShape, y, yShape, out, shape): void {
      if (combined(name, [x, y], [xShape, yShape], out, shape)) return;
      reference.binary(name, loop, x, xShape, y, yShape, out, shape);
    },

    where(condition, conditionShape, x, xShape, y, yShape, out, shape): void {
      if (combined("where", [condition, x, y], [conditionShape, xShape, yShape], out, shape)) return;
      reference.where(condition, conditionShape, x, xShape, y, yShape, out, shape);
    },

    unary(name: string, loop: UnaryLoop, x: Storage, out: Storage): void {
      if (combined(name, [x], [[x.length]], out, [out.length])) return;
      const runner = machineFor(out.length >= from.functions && out.length > 0, out, x);
      const kernel = unaryName(name, dtypeOfArray(out) as "float32");
      if (runner === null || !runner.kernels.has(kernel)) {
        loop(x, out);
        return;
      }
      const { heap, tasks } = runner;
      heap.begin(3, x.byteLength + out.byteLength + 4);
      const input = heap.place(x);
      const to = heap.reserve(out.byteLength);
      if (!isLimited(name)) {
        tasks.run(kernel, Math.ceil(out.length / UNARY_CHUNK), [input, to, out.length]);
        heap.take(to, out);
        return;
      }
      // What lies behind the last element is read, too, and must not be too large.
      heap.clear(input + x.byteLength, VECTOR);
      const tooLarge = new Int32Array(1);
      const flag = heap.place(tooLarge);
      tasks.run(kernel, Math.ceil(out.length / UNARY_CHUNK), [input, to, out.length, flag]);
      heap.take(flag, tooLarge);
      if (tooLarge[0] === 0) heap.take(to, out);
      else loop(x, out);
    },

    matmul(a, b, out, plan): void {
      const { m, n, k, aOffsets } = plan;
      const isLarge = k > 0 && aOffsets.length * m * n * k >= from.products;
      const runner = machineFor(isLarge && out.length > 0, out, a, b);
      if (runner === null) reference.matmul(a, b, out, plan);
      else multiply(runner, a, b, out, plan);
    },

    convolve: convolution("convolve", convolve),
    convolveInput: convolution("convolveInput", convolveInput),
    convolveKernel: convolution("convolveKernel", convolveKernel),

    reduce(kind, x, shape, axes, out): void {
      const own = machineFor(x.length >= from.reductions && x.length > 0, out, x);
      if (own === null) reference.reduce(kind, x, shape, axes, out);
      else reduceBy(reduceMiddle(own), kind, x, shape, axes, out);
    },

    softmax(isLog, x, outer, length, inner, out): void {
      const own = machineFor(out.length >= from.functions && out.length > 0, out, x);
      if (own === null) reference.softmax(isLog, x, outer, length, inner, out);
      else runAlong(own, isLog ? "logSoftmax" : "softmax", x, x, outer, length, inner, out);
    },

    softmaxJacobian(y, v, outer, length, inner, out): void {
      const own = machineFor(out.length >= from.functions && out.length > 0, out, y, v);
      if (own === null) reference.softmaxJacobian(y, v, outer, length, inner, out);
      else runAlong(own, "softmaxJacobian", y, v, outer, length, inner, out);
    },

    ...poolingKernels((size) => (size >= from.arithmetic ? machine() : null)),

    randomUniform(key: Storage, out: Storage): void {
      const runner = machineFor(out.length >= from.draws && out.length > 0, out);
      if (runner === null) {
        reference.randomUniform(key, out);
        return;
      }
      const { heap, tasks } = runner;
      heap.begin(2, key.byteLength + out.byteLength + BLOCK);
      const words = heap.place(key);
      const to = heap.reserve(out.byteLength + BLOCK);
      const numbers = [words, to, out.length];
      tasks.run(`uniform_${out.BYTES_PER_ELEMENT}`, Math.ceil(out.length / UNIFORM_CHUNK), numbers);
      heap.take(to, out);
    },
  };
}

/** Random numbers are made in blocks of so many bytes. */
const BLOCK = 32;

const isFloats = (x: Storage): boolean => x instanceof Float32Array || x instanceof Float64Array;

/** Bytes of a vector. */
const VECTOR = 16;
