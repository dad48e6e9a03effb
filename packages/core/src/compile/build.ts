import type { Machine } from "../kernels/wasm/machine.ts";
import { refuse, refuseClass } from "../ops/index-checks.ts";
import type { Program } from "../program.ts";
import type { Entry } from "../tape.ts";
import type { AnyTensor } from "../tensor.ts";
import { ModuleBuilder } from "../wasm/builder.ts";
import { engine } from "../wasm/engine.ts";
import type { Unit } from "./fusion.ts";
import { runOnHost } from "./host.ts";
import { entriesOf } from "./layout.ts";
import { type Emission, Lowering, type Way } from "./lowering.ts";
import { optimize, type PassReport } from "./passes/index.ts";
import { settings } from "./settings.ts";

/** A program in the memory of a machine. */
export interface Built {
  /** Runs it: its inputs must lie at their addresses. */
  readonly run: () => void;
  readonly machine: Machine;
  /** How many threads it was made for. */
  readonly threads: number;
  readonly addressOf: (tensor: AnyTensor) => number;
  /** Inputs that are handed over, whose memory an output takes: outputs by their number. */
  readonly residents: ReadonlyMap<number, AnyTensor>;
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
 */
export function build(source: Program, machine: Machine, donated: ReadonlySet<AnyTensor>): Built {
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
    limitless: { sin: module.imported("sin", ["f64"], ["f64"]), cos: module.imported("cos", ["f64"], ["f64"]) },
    groups: [],
    firstKernel: 0,
    onHost: [],
  };
  lowering.emitGroups(emission);
  const count = emission.groups.length;
  const place = machine.places.take(count);
  module.function("run", [], (body) => {
    lowering.emit(body, { ...emission, firstKernel: machine.kernels.size + place });
    lowering.settle(body);
  });

  const outcomes = lowering.outcomes();
  const code = module.encode();
  const compiled = new engine.Module(code);
  const { memory } = machine.heap;
  const { exports } = new engine.Instance(compiled, {
    env: {
      memory,
      fork: machine.exports.fork,
      dispatch: machine.exports.dispatch,
      wait: () => machine.tasks.await("compile"),
      sin: Math.sin,
      cos: Math.cos,
      host: (number: number) => runOnHost(emission.onHost[number]!, memory),
    },
  });
  machine.places.set(
    place,
    emission.groups.map((_, i) => exports[`chunk${i}`]),
  );
  const takeBack = threads > 1 ? machine.tasks.add(compiled, code, place, count) : null;
  let isReleased = false;
  return {
    run: () => {
      // Workers that have not got the module cannot help.
      machine.tasks.begin(takeBack === null ? 1 : threads);
      (exports.run as () => void)();
      if (outcomes.length > 0) checkOutcomes(outcomes, memory.buffer);
    },
    threads,
    machine,
    addressOf: layout.addressOf,
    residents: layout.residents,
    program,
    units: units.map((unit, i) => ({ unit, way: lowering.wayOf(i), entries: entriesOf(unit) })),
    passes: reports,
    bytes,
    release: () => {
      if (isReleased) return;
      isReleased = true;
      takeBack?.();
      machine.places.give(place, count);
      lowering.release();
    },
  };
}

/** @throws ArgumentError where a kernel met an index that points outside. */
function checkOutcomes(outcomes: ReturnType<Lowering["outcomes"]>, buffer: ArrayBuffer): void {
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
