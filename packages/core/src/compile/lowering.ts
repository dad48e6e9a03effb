import type { Machine } from "../kernels/wasm/machine.ts";
import type { Program } from "../program.ts";
import type { Entry } from "../tape.ts";
import { type AnyTensor, isConcrete } from "../tensor.ts";
import type { Body, ModuleBuilder } from "../wasm/builder.ts";
import type { Code } from "../wasm/encode.ts";
import { copyBytes, type I32, i32, zeroBytes } from "../wasm/instructions.ts";
import { canCompute } from "./compute.ts";
import { type EmittedGroup, emitGroup } from "./emit-group.ts";
import { attachEpilogues, partedTask } from "./epilogues.ts";
import { type EntryUnit, fuseEntries, type Group, isView, reducedRow, type Unit } from "./fusion.ts";
import type { HostStep } from "./host.ts";
import { bytesOf, Layout, type Region } from "./layout.ts";
import type { Unlimited } from "./limited.ts";
import { type Nested, nestedOf } from "./nested.ts";
import { needsOf, type Recorded, recordTasks } from "./record-tasks.ts";

/** How a unit runs: in code of its own, by kernels, in loops and branches of its own, not at all because it only names what is there, or by JavaScript. */
export type Way = "fused" | "kernels" | "nested" | "view" | "host";

/** Words in which kernels note an index that points outside, and whose they are. */
export interface Outcome {
  readonly entry: Entry;
  readonly address: number;
  readonly words: number;
}

/** What all code of a module shares. */
export interface Emission {
  readonly machine: Machine;
  readonly module: ModuleBuilder;
  readonly fork: (control: I32, kernel: I32, chunks: I32, task: I32, threads: I32) => Code;
  readonly wait: () => Code;
  /** Runs one chunk of a kernel of the machine. */
  readonly dispatch: (kernel: I32, task: I32, chunk: I32, thread: I32) => Code;
  readonly host: (entry: I32) => Code;
  /** Tells JavaScript that a unit begins, where units are timed. */
  readonly begins?: (unit: I32) => Code;
  readonly unlimited: Unlimited;
  /** How many threads may run chunks. */
  readonly threads: number;
  /** The chunk kernels of the module, in the order of their numbers. */
  readonly groups: EmittedGroup[];
  /** The number of the first. */
  readonly firstKernel: number;
  /** What JavaScript runs, and where its operands lie. */
  readonly onHost: HostStep[];
}

/** A program on its way into a module: units, their memory, and their code. */
export class Lowering {
  readonly program: Program;
  readonly units: readonly Unit[];
  readonly layout: Layout;
  readonly #machine: Machine;
  /** What the kernels of a unit need. */
  readonly #needs: readonly (Recorded | null)[];
  readonly #nested: readonly (Nested | null)[];
  readonly #groups = new Map<Unit, EmittedGroup>();
  readonly #tasks = new Map<Unit, Recorded>();

  /**
   * @param donated inputs whose memory may be written to.
   * @param hasInputs whether inputs have memory of their own; else it is given before the code is made.
   * @param residents which outputs are to lie where such inputs do, by their numbers, if that is known.
   */
  constructor(
    program: Program,
    machine: Machine,
    donated: ReadonlySet<AnyTensor>,
    hasInputs: boolean,
    residents?: ReadonlyMap<number, AnyTensor>,
  ) {
    const canJoin = (entry: Entry): boolean => reducedRow(entry) !== null || canCompute(entry, machine.features);
    this.program = program;
    this.#machine = machine;
    const fused = fuseEntries(program, canJoin);
    // Kernels are asked twice what they need: how much, and later with addresses.
    const needs = new Map<Entry, Recorded | null>();
    const nested = new Map<Entry, Nested | null>();
    for (const unit of fused) {
      if (unit.kind !== "entry" || isView(unit.entry)) continue;
      const programs = nestedOf(unit.entry, (inner, carried = new Map()) => {
        return new Lowering(inner, machine, new Set(carried.values()), false, carried);
      });
      nested.set(unit.entry, programs);
      if (programs === null) needs.set(unit.entry, needsOf(unit.entry, machine));
    }
    this.units = attachEpilogues(fused, ({ entry }) => needs.get(entry));
    this.#needs = this.units.map((unit) => (unit.kind === "entry" ? (needs.get(unit.entry) ?? null) : null));
    this.#nested = this.units.map((unit) => (unit.kind === "entry" ? (nested.get(unit.entry) ?? null) : null));
    this.layout = new Layout(program, this.units, machine, donated, hasInputs, residents);
  }

  #isView(unit: Unit): boolean {
    return unit.kind === "entry" && this.layout.isAlias(unit.entry.outputs[0]!);
  }

  /** Bytes of the memory that values share. */
  plan(): number {
    return this.layout.plan((i) => {
      const nested = this.#nested[i];
      // Programs within an operation run one after the other.
      if (nested) return [Math.max(...nested.parts.map((part) => part.plan()))];
      return this.#needs[i]?.scratch ?? [];
    });
  }

  /** Puts that memory at an address, and asks kernels and programs within for what they do there. */
  assign(base: number): void {
    this.layout.assign(base);
    for (const [i, unit] of this.units.entries()) {
      const nested = this.#nested[i];
      if (nested) {
        nested.place(this.layout);
        for (const part of nested.parts) part.assign(this.layout.scratchAt(i, 0));
      }
      const needs = this.#needs[i];
      if (unit.kind !== "entry" || !needs) continue;
      const placement = {
        addressOf: this.layout.addressOf,
        scratchAt: (index: number) => this.layout.scratchAt(i, index),
        constantAt: (data: Int32Array) => this.#constantAt(data),
      };
      const tasks = recordTasks(unit.entry, this.#machine, placement, needs);
      if (tasks) this.#tasks.set(unit, tasks);
    }
  }

  #constantAt(data: Int32Array): number {
    const address = this.layout.allocate(data.byteLength);
    this.layout.write(address, data);
    return address;
  }

  /** All memory that it has, also of programs within. */
  regions(): readonly Region[] {
    const within = this.#nested.flatMap((nested) => nested?.parts.flatMap((part) => part.regions()) ?? []);
    return [...this.layout.regions, ...within];
  }

  /** Where kernels note indices that point outside, also in programs within, and whose they are. */
  outcomes(): readonly Outcome[] {
    return this.units.flatMap((unit, i) => [
      ...(this.#tasks.get(unit)?.outcomes ?? []).map((outcome) => ({ ...outcome, entry: (unit as EntryUnit).entry })),
      ...(this.#nested[i]?.parts ?? []).flatMap((part) => part.outcomes()),
    ]);
  }

  wayOf(i: number): Way {
    const unit = this.units[i]!;
    if (unit.kind === "group") return "fused";
    if (this.#isView(unit)) return "view";
    if (this.#nested[i]) return "nested";
    return this.#tasks.has(unit) ? "kernels" : "host";
  }

  /** Adds the functions of groups, also of programs within, to the module: before all that calls them. */
  emitGroups(emission: Emission): void {
    const { groups } = emission;
    for (const [i, unit] of this.units.entries()) {
      for (const part of this.#nested[i]?.parts ?? []) part.emitGroups(emission);
      const name = `chunk${groups.length}`;
      const made =
        unit.kind === "group"
          ? this.#emitGroup(emission, name, unit)
          : unit.epilogue && this.#emitWithEpilogue(unit, unit.epilogue, name, emission);
      if (made === undefined) continue;
      groups.push(made);
      this.#groups.set(unit, made);
    }
  }

  #emitGroup({ module, threads, unlimited }: Emission, name: string, group: Group, each?: number): EmittedGroup {
    return emitGroup(module, name, group, {
      features: this.#machine.features,
      addressOf: this.layout.addressOf,
      isResult: (tensor) => this.layout.isUsed(tensor),
      threads,
      unlimited,
      ...(each !== undefined && { each }),
      scratch: (size) => this.layout.allocate(size),
    });
  }

  /** A chunk of a kernel, and then what is done with the part that it made. */
  #emitWithEpilogue(unit: EntryUnit, epilogue: Group, name: string, emission: Emission): EmittedGroup {
    const { module, dispatch } = emission;
    const task = partedTask(this.#tasks.get(unit))!;
    const after = this.#emitGroup(emission, `${name}_epilogue`, epilogue, task.each);
    const numbers = i32.const(this.#constantAt(Int32Array.from(task.numbers)));
    const chunk = module.function(name, ["i32", "i32", "i32"], (body, _task, number, thread) => {
      body.do(dispatch(i32.const(task.kernel), numbers, number, thread));
      body.do(after.chunk(i32.const(0), number, thread));
    });
    return { chunk, chunks: task.chunks };
  }

  /** Adds the code of all units to the body of a function. */
  emit(body: Body, emission: Emission): void {
    const { begins, ...within } = emission;
    for (const [i, unit] of this.units.entries()) {
      const way = this.wayOf(i);
      if (begins) body.do(begins(i32.const(i)));
      if (way === "fused") this.#runGroup(body, this.#groups.get(unit)!, emission);
      if (way === "kernels") this.#runTasks(body, this.#tasks.get(unit)!, this.#groups.get(unit), emission);
      if (way === "nested") this.#nested[i]!.emit(body, this.layout, within);
      if (way !== "host") continue;
      const { entry } = unit as EntryUnit;
      const { addressOf } = this.layout;
      const step: HostStep = {
        entry,
        inputs: entry.inputs.map((input) => (isConcrete(input) ? 0 : addressOf(input))),
        outputs: entry.outputs.map(addressOf),
      };
      body.do(emission.host(i32.const(emission.onHost.push(step) - 1)));
    }
    for (const output of this.program.outputs) this.layout.addressOf(output);
  }

  /** Puts results where they are to lie that are not there. */
  settle(body: Body): void {
    for (const [i, input] of this.layout.residents) {
      const [from, to] = [this.layout.addressOf(this.program.outputs[i]!), this.layout.addressOf(input)];
      if (from !== to) body.do(copyBytes(i32.const(to), i32.const(from), i32.const(bytesOf(input))));
    }
  }

  #runGroup(body: Body, group: EmittedGroup, { groups, firstKernel, threads, ...emission }: Emission): void {
    const zero = i32.const(0);
    if (group.chunks === 1) body.do(group.chunk(zero, zero, zero));
    else run(body, emission, firstKernel + groups.indexOf(group), group.chunks, 0, threads);
    if (group.finish) body.do(group.finish());
  }

  /** @param last what runs in place of the last task. */
  #runTasks(body: Body, { cleared, tasks }: Recorded, last: EmittedGroup | undefined, emission: Emission): void {
    for (const { address, bytes } of cleared) body.do(zeroBytes(i32.const(address), i32.const(bytes)));
    for (const { kernel, chunks, threads, numbers } of last ? tasks.slice(0, -1) : tasks)
      run(body, emission, kernel, chunks, this.#constantAt(Int32Array.from(numbers)), threads);
    if (last) this.#runGroup(body, last, { ...emission, threads: Math.min(emission.threads, tasks.at(-1)!.threads) });
  }
}

/** Runs chunks by as many threads as there are and may be. */
function run(
  body: Body,
  { machine, fork, wait }: Pick<Emission, "machine" | "fork" | "wait">,
  kernel: number,
  chunks: number,
  task: number,
  threads: number,
): void {
  const numbers = [machine.control, kernel, chunks, task, threads].map(i32.const) as [I32, I32, I32, I32, I32];
  body.if(i32.eqz({ type: "i32", code: fork(...numbers) }), () => body.do(wait()));
}
