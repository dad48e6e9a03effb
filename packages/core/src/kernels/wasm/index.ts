import { dtypeOfArray, type Storage } from "../../dtype.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { ConvolutionPlan, ElementwisePlan, Kernels, UnaryLoop } from "../kernels.ts";
import { reference } from "../reference/index.ts";
import { reduceBy } from "../reference/reduce.ts";
import { choosingKernels } from "./choosing.ts";
import { convolve, convolveInput, convolveKernel } from "./convolution.ts";
import { drawingKernels } from "./drawing.ts";
import { type ElementBytes, isChainable, isElementwise, planRunner } from "./elementwise.ts";
import { layoutOf } from "./extent.ts";
import { indexingKernels } from "./indexing.ts";
import type { Machine } from "./machine.ts";
import { movementKernels } from "./movement.ts";
import { poolingKernels } from "./pooling.ts";
import { multiply } from "./products.ts";
import { reduceMiddle } from "./reduce.ts";
import { runAlong } from "./run-along.ts";
import { isLimited, UNARY_CHUNK, unaryName } from "./unary.ts";
import { isSimplePower } from "./vector-operations.ts";

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
  /** Elements that are read by strides; 0 takes in what is slower whatever its size. */
  readonly movement: number;
}

/** Near where both ways took the same time, in float32, as `pnpm bench crossover` measures on the machine of the benchmarks. */
const MEASURED: Crossover = {
  products: 12 ** 3,
  functions: 256,
  arithmetic: 3072,
  draws: 256,
  reductions: 2048,
  movement: 2048,
};

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
  /** Whether rows are enough work; long ones of float64 are summed in pairs, which the machine does not. */
  const isRowwise = (out: Storage, length: number): boolean =>
    out.length >= from.reductions && out.length > 0 && (length <= LONG || out instanceof Float32Array);
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
    const least = name === "power" ? from.functions : from.arithmetic;
    if (out.length < least || out.length === 0) return false;
    const first = operands.find(isFloats);
    if (first === undefined && !(out instanceof Uint8Array)) return false;
    const bytes = (first ?? out).BYTES_PER_ELEMENT as ElementBytes;
    const exponent = name === "power" && operands[1]!.length === 1 ? operands[1]![0]! : Number.NaN;
    const isSimple = isSimplePower(exponent) && operands[0]!.length === out.length;
    if (!isSimple && !isElementwise(name, bytes)) return false;
    const isFitting = (operand: Storage, i: number): boolean =>
      // A condition comes as bytes; everything else is of the dtype of the floats, or a bool where there are none.
      (name === "where" && i === 0 && first !== undefined) || operand.constructor === (first ?? out).constructor;
    if (!operands.every(isFitting)) return false;
    const own = machine();
    if (own === null) return false;
    const layout = layoutOf(isSimple ? [shape] : shapes, shape);
    if (layout === null) return false;
    const { kinds, extent } = layout;
    const key = `${name} ${isSimple ? exponent : ""} ${bytes} ${kinds}`;
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = {
        operands: kinds.map((kind, i) => ({ kind, isBool: !isFloats(operands[i]!) })),
        steps: isSimple
          ? [
              { operation: "constant", from: [], constant: exponent },
              { operation: name, from: [0, 1] },
            ]
          : [{ operation: name, from: kinds.map((_, i) => i) }],
        results: [kinds.length + (isSimple ? 1 : 0)],
      };
      plans.set(key, plan);
    }
    runPlan(own)(plan, extent, bytes, isSimple ? [operands[0]!] : operands, [out]);
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
      else runAlong(own, isLog ? "logSoftmax" : "softmax", x, x, out, { outer, length, inner });
    },

    softmaxJacobian(y, v, outer, length, inner, out): void {
      const own = machineFor(out.length >= from.functions && out.length > 0, out, y, v);
      if (own === null) reference.softmaxJacobian(y, v, outer, length, inner, out);
      else runAlong(own, "softmaxJacobian", y, v, out, { outer, length, inner });
    },

    standardize(x, outer, inner, eps, out, scales): void {
      const own = machineFor(isRowwise(out, outer * inner), out, x);
      const sizes = { runs: outer, outer: scales.length, length: inner, inner: 1, scales };
      if (own === null) reference.standardize(x, outer, inner, eps, out, scales);
      else runAlong(own, "standardize", x, x, out, { ...sizes, writesScales: true, parameter: eps });
    },

    standardizeJacobian(y, scales, v, outer, inner, out): void {
      const own = machineFor(isRowwise(out, outer * inner), out, y, scales, v);
      const sizes = { runs: outer, outer: scales.length, length: inner, inner: 1, scales };
      if (own === null) reference.standardizeJacobian(y, scales, v, outer, inner, out);
      else runAlong(own, "standardizeJacobian", y, v, out, sizes);
    },

    ...movementKernels((size) => (size >= from.movement ? machine() : null), from.movement === 0),
    ...indexingKernels((size) => (size >= from.arithmetic ? machine() : null)),
    ...choosingKernels((size) => (size >= from.arithmetic ? machine() : null), from.movement === 0),
    ...poolingKernels((size) => (size >= from.arithmetic ? machine() : null)),

    ...drawingKernels((size) => (size >= from.draws ? machine() : null)),
  };
}

/** The longest row of float64 whose sums err little without pairs. */
const LONG = 1 << 14;

const isFloats = (x: Storage): boolean => x instanceof Float32Array || x instanceof Float64Array;

/** Bytes of a vector. */
const VECTOR = 16;
