import type { Machine } from "../kernels/wasm/machine.ts";
import { refuse, refuseClass } from "../ops/index-checks.ts";
import type { Program } from "../program.ts";
import type { Entry } from "../tape.ts";
import { type AnyTensor, isConcrete } from "../tensor.ts";
import { ModuleBuilder } from "../wasm/builder.ts";
import { engine } from "../wasm/engine.ts";
import { i32 } from "../wasm/instructions.ts";
import type { Unit } from "./fusion.ts";
import { type HostStep, runOnHost } from "./host.ts";
import { entriesOf, type Region } from "./layout.ts";
import { type Emission, Lowering, type Outcome, type Way } from "./lowering.ts";
import { optimize, type PassReport } from "./passes/index.ts";
import { settings } from "./settings.ts";

/** A program in the memory of a machine. */
export interface Built {
  /** Runs it: its inputs must lie at their addresses. */
  readonly run: () => void;
  readonly machine: Machine;
  /** How many threads it was made for. */
  readonly threads: number;
  /** Addresses of the inputs, and of the outputs: 0 for one that is a constant. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Inputs that are handed over, whose memory an output takes: outputs by their number. */
  readonly residents: ReadonlyMap<number, AnyTensor>;
  /** Before the passes. */
  readonly source: Program;
  readonly program: Program;
  readonly units: readonly BuiltUnit[];
  readonly passes: readonly PassReport[];
  /** Bytes of the memory for values. */
  readonly bytes: number;
  /** Gives the memory back. */
  readonly release: () => void;
}

export interface BuiltUnit {
  readonly unit: Unit;
  readonly way: Way;
  readonly entries: readonly Entry[];
}

/**
 * Makes a program that runs in WebAssembly: passes, groups, a plan of the memory, and a module.
 * @param donated inputs whose memory may be written to.
 * @param begins is told when a unit begins, and after the last one that it has ended, if that is of interest: it takes time.
 */
export function build(
  source: Program,
  machine: Machine,
  donated: ReadonlySet<AnyTensor>,
  begins?: (unit: number) => void,
): Built {
  const { program, reports } = optimize(source, settings.passes);
  const lowering = new Lowering(program, machine, donated, true);
  const { layout, units } = lowering;
  const bytes = lowering.plan();
  lowering.assign(layout.allocate(bytes));

  const module = new ModuleBuilder(machine.limits);
  const threads = machine.tasks.wanted;
  const emission: Emission = {
    machine,
    module,
    threads,
    fork: module.imported("fork", ["i32", "i32", "i32", "i32", "i32"], ["i32"]),
    wait: module.imported("wait", []),
    dispatch: module.imported("dispatch", ["i32", "i32", "i32", "i32"]),
    host: module.imported("host", ["i32"]),
    ...(begins && { begins: module.imported("begins", ["i32"]) }),
    unlimited: { sin: module.imported("sin", ["f64"], ["f64"]), cos: module.imported("cos", ["f64"], ["f64"]) },
    groups: [],
    firstKernel: 0,
    onHost: [],
  };
  lowering.emitGroups(emission);
  const count = emission.groups.length;
  const place = machine.places.take(count);
  module.function("run", [], (body) => {
    lowering.emit(body, { ...emission, firstKernel: machine.kernels.size + place });
    if (emission.begins) body.do(emission.begins(i32.const(units.length)));
    lowering.settle(body);
  });

  const code = module.encode();
  const compiled = new engine.Module(code);
  const exports = instantiate(compiled, machine, emission.onHost, begins);
  machine.places.set(
    place,
    emission.groups.map((_, i) => exports[`chunk${i}`]),
  );
  const takeBack = threads > 1 ? machine.tasks.add(compiled, code, place, count) : null;
  return {
    // Workers that have not got the module cannot help.
    run: runner(machine, exports.run as () => void, takeBack === null ? 1 : threads, lowering.outcomes()),
    threads,
    machine,
    inputs: program.inputs.map(layout.addressOf),
    outputs: program.outputs.map((output) => (isConcrete(output) ? 0 : layout.addressOf(output))),
    residents: layout.residents,
    source,
    program,
    units: units.map((unit, i) => ({ unit, way: lowering.wayOf(i), entries: entriesOf(unit) })),
    passes: reports,
    bytes,
    release: releaser(machine, place, count, takeBack, lowering.regions()),
  };
}

// What lives as long as a program is made by functions of its own: it must not hold on to all that the program was made with.

function instantiate(
  module: object,
  machine: Machine,
  onHost: readonly HostStep[],
  begins: (unit: number) => void = () => {},
): Readonly<Record<string, unknown>> {
  const { memory } = machine.heap;
  const { fork, dispatch } = machine.exports;
  const env = {
    memory,
    fork,
    dispatch,
    wait: () => machine.tasks.await("compile"),
    sin: Math.sin,
    cos: Math.cos,
    begins,
    host: (number: number) => runOnHost(onHost[number]!, memory),
  };
  return new engine.Instance(module, { env }).exports;
}

function runner(machine: Machine, run: () => void, threads: number, outcomes: readonly Outcome[]): () => void {
  return () => {
    machine.tasks.begin(threads);
    run();
    if (outcomes.length > 0) checkOutcomes(outcomes, machine.heap.memory.buffer);
  };
}

function releaser(
  machine: Machine,
  place: number,
  count: number,
  takeBack: (() => void) | null,
  regions: readonly Region[],
): () => void {
  let isReleased = false;
  return () => {
    if (isReleased) return;
    isReleased = true;
    takeBack?.();
    machine.places.give(place, count);
    for (const { address, bytes } of regions) machine.regions.free(address, bytes);
  };
}

/** @throws ArgumentError where a kernel met an index that points outside. */
function checkOutcomes(outcomes: readonly Outcome[], buffer: ArrayBuffer): void {
  for (const { entry, address, words } of outcomes) {
    const found = new Int32Array(buffer, address, words);
    for (let i = 0; i < words; i += 2) {
      if (found[i] === 0) continue;
      const bad = found[i + 1]!;
      found.fill(0);
      const { axis, classes } = entry.attributes as { readonly axis: number; readonly classes?: number };
      if (classes !== undefined) refuseClass(bad, classes);
      refuse(entry.operation.name, bad, entry.inputs[0]!.shape[axis]!);
    }
  }
}
