import { BYTES } from "../cost.ts";
import type { Storage } from "../dtype.ts";
import type { Machine } from "../kernels/wasm/machine.ts";
import type { Program } from "../program.ts";
import type { Entry } from "../tape.ts";
import { type AnyTensor, isConcrete, storageOf } from "../tensor.ts";
import { isFlat } from "./access.ts";
import { type Group, isView, type Unit } from "./fusion.ts";
import { GRAIN, type Lifetime, type MemoryPlan, planMemory } from "./memory-plan.ts";

/** Small things, such as tables of numbers, are put into blocks of so many bytes. */
const SMALL = 1 << 10;
const BLOCK = 1 << 14;

export const bytesOf = ({ dtype, size }: AnyTensor): number => size * BYTES[dtype];
export const entriesOf = (unit: Unit): readonly Entry[] =>
  unit.kind === "group" ? unit.entries : [unit.entry, ...(unit.epilogue?.entries ?? [])];
/** The loop of a unit, if there is one. */
export const groupOf = (unit: Unit): Group | undefined => (unit.kind === "group" ? unit : unit.epilogue);

/** A part of the machine's memory. */
export interface Region {
  readonly address: number;
  readonly bytes: number;
}

/** Where everything of a program lies: its inputs and constants for ever, what units make as long as others read it. */
export class Layout {
  readonly #program: Program;
  // Three ways to have another one's memory: a view names a tensor that is there; a result lies over an input that is handed over, for ever; a
  // result takes over the memory of an operand that ends with it, as long as it lives.

  /** Results that lie over inputs. */
  readonly #over = new Map<AnyTensor, AnyTensor>();
  readonly #units: readonly Unit[];
  readonly #machine: Machine;
  readonly #donated: ReadonlySet<AnyTensor>;
  /** The tensor whose memory a view names. */
  readonly #roots = new Map<AnyTensor, AnyTensor>();
  readonly #madeAt = new Map<AnyTensor, number>();
  readonly #usedAt = new Map<AnyTensor, number[]>();
  readonly #addresses = new Map<AnyTensor, number>();
  readonly #scratch = new Map<string, number>();
  #lifetimes: ReadonlyMap<AnyTensor | string, Lifetime> = new Map();
  #plan: MemoryPlan = { offsets: new Map(), bytes: 0 };
  /** Memory that a result has taken over. */
  readonly #taken = new Set<Lifetime>();
  /** Inputs that are handed over, whose memory an output has: outputs by their number. */
  readonly residents: ReadonlyMap<number, AnyTensor>;
  /** All memory that it has. */
  readonly regions: Region[] = [];
  /** What is left of a block for small things. */
  #room = { at: 0, end: 0 };

  constructor(
    program: Program,
    units: readonly Unit[],
    machine: Machine,
    donated: ReadonlySet<AnyTensor>,
    hasInputs: boolean,
    residents?: ReadonlyMap<number, AnyTensor>,
  ) {
    this.#program = program;
    this.#units = units;
    this.#machine = machine;
    this.#donated = donated;
    for (const unit of units) {
      if (unit.kind === "entry" && isView(unit.entry) && this.#canView(unit.entry))
        this.#roots.set(unit.entry.outputs[0]!, this.rootOf(unit.entry.inputs[0]!));
    }
    units.forEach((unit, i) => {
      const entries = entriesOf(unit);
      const within = new Set(entries.flatMap(({ outputs }) => outputs));
      for (const entry of entries) {
        for (const output of entry.outputs) this.#madeAt.set(output, i);
        for (const input of entry.inputs) if (!within.has(input)) this.#use(input, i);
      }
    });
    for (const output of program.outputs) this.#use(output, units.length);
    for (const input of hasInputs ? program.inputs : [])
      if (!this.#addresses.has(input)) this.#addresses.set(input, this.allocate(bytesOf(input)));
    this.residents = residents ?? this.#chooseResidents();
  }

  /** Says where an input lies that has no memory of its own. */
  give(input: AnyTensor, address: number): void {
    this.#addresses.set(input, address);
  }

  /** Whether a tensor is another one's memory by another name. */
  isAlias(tensor: AnyTensor): boolean {
    return this.#roots.has(tensor);
  }

  /** Whether other units, or the results, use what a unit makes. */
  isUsed(tensor: AnyTensor): boolean {
    return this.#usedAt.has(tensor);
  }

  #canView({ inputs: [input], outputs: [output] }: Entry): boolean {
    return input!.dtype === output!.dtype;
  }

  /** The tensor whose memory a tensor has. */
  rootOf(tensor: AnyTensor): AnyTensor {
    return this.#roots.get(tensor) ?? tensor;
  }

  #use(tensor: AnyTensor, unit: number): void {
    for (const one of new Set([tensor, this.rootOf(tensor)])) {
      this.#usedAt.set(one, [...(this.#usedAt.get(one) ?? []), unit]);
    }
  }

  /** Memory that stays. */
  allocate(bytes: number): number {
    const size = Math.ceil((bytes + GRAIN) / GRAIN) * GRAIN;
    if (size > SMALL) return this.#region(size);
    if (this.#room.end - this.#room.at < size) {
      const address = this.#region(BLOCK);
      this.#room = { at: address, end: address + BLOCK };
    }
    const { at, end } = this.#room;
    this.#room = { at: at + size, end };
    return at;
  }

  #region(bytes: number): number {
    const address = this.#machine.regions.allocate(bytes);
    this.regions.push({ address, bytes });
    return address;
  }

  readonly addressOf = (tensor: AnyTensor): number => {
    const root = this.#over.get(this.rootOf(tensor)) ?? this.rootOf(tensor);
    const known = this.#addresses.get(root);
    if (known !== undefined) return known;
    if (!isConcrete(root)) throw new Error(`no memory for ${root}`);
    const address = this.allocate(bytesOf(root));
    this.write(address, storageOf(root));
    this.#addresses.set(root, address);
    return address;
  };

  write(address: number, { buffer, byteOffset, byteLength }: Storage): void {
    new Uint8Array(this.#machine.heap.memory.buffer, address, byteLength).set(
      new Uint8Array(buffer, byteOffset, byteLength),
    );
  }

  /** Outputs that take the memory of inputs which are handed over: the first of the same shape and dtype, in order. */
  #chooseResidents(): ReadonlyMap<number, AnyTensor> {
    const { inputs, outputs } = this.#program;
    // What an output names by another shape must stay.
    const isNamed = (input: AnyTensor): boolean =>
      outputs.some((output) => output !== input && this.rootOf(output) === input);
    const free = inputs.filter((input) => this.#donated.has(input) && !isNamed(input));
    const chosen = new Map<number, AnyTensor>();
    outputs.forEach((output, i) => {
      if (outputs.indexOf(output) !== i || isConcrete(output)) return;
      const own = free.indexOf(output);
      const place =
        own >= 0
          ? own
          : this.#madeAt.has(output) && !inputs.includes(this.rootOf(output))
            ? free.findIndex(
                (input) =>
                  input.dtype === output.dtype && `${input.shape}` === `${output.shape}` && !outputs.includes(input),
              )
            : -1;
      if (place >= 0) chosen.set(i, free.splice(place, 1)[0]!);
    });
    return chosen;
  }

  /**
   * Plans the memory of all that units make; how many bytes they share.
   * @param scratch bytes that a unit needs for itself.
   */
  plan(scratch: (unit: number) => readonly number[]): number {
    const { outputs } = this.#program;
    // A result that can be written over the input whose memory it will have needs none of its own.
    for (const [i, input] of this.residents) {
      const output = outputs[i]!;
      const unit = this.#madeAt.get(output);
      if (output === input || unit === undefined || this.#roots.has(output) || this.#over.has(output)) continue;
      const isLastUse = (this.#usedAt.get(input) ?? []).every(
        (use) => use < unit || (use === unit && this.#isInPlace(unit, input)),
      );
      if (isLastUse && !this.#runsAgain(unit)) this.#over.set(output, input);
    }
    const lifetimes = new Map<AnyTensor | string, Lifetime>();
    this.#units.forEach((unit, i) => {
      for (const { outputs: made } of entriesOf(unit)) {
        for (const output of made) {
          const uses = this.#usedAt.get(output);
          if (this.#roots.has(output) || this.#over.has(output)) continue;
          const group = groupOf(unit)?.levels.has(output) ? groupOf(unit) : undefined;
          if (uses === undefined && group !== undefined) continue;
          const instead = group && this.#operandToReplace(group, i, output, lifetimes);
          const to = Math.max(i, ...(uses ?? []));
          lifetimes.set(output, { bytes: bytesOf(output), from: i, to, ...(instead && { instead }) });
        }
      }
      scratch(i).forEach((bytes, index) => {
        if (bytes > 0) lifetimes.set(`${i} ${index}`, { bytes, from: i, to: i });
      });
    });
    this.#lifetimes = lifetimes;
    this.#plan = planMemory([...lifetimes.values()]);
    return this.#plan.bytes;
  }

  /** Puts the memory that units share at an address. */
  assign(base: number): void {
    for (const [what, lifetime] of this.#lifetimes) {
      const address = base + this.#plan.offsets.get(lifetime)!;
      if (typeof what === "string") this.#scratch.set(what, address);
      else this.#addresses.set(what, address);
    }
  }

  /** Scratch memory of a unit, by its number there. */
  scratchAt(unit: number, index: number): number {
    return this.#scratch.get(`${unit} ${index}`) ?? 0;
  }

  /** Whether a unit reads an operand place by place, just where it writes its results. */
  #isInPlace(i: number, operand: AnyTensor): boolean {
    const unit = this.#units[i]!;
    const group = groupOf(unit);
    // What a kernel reads it may read until its last chunk is done.
    const isRead = unit.kind === "entry" && unit.entry.inputs.some((input) => this.rootOf(input) === operand);
    if (group === undefined || isRead) return false;
    return group.entries.every(
      (entry) =>
        !entry.inputs.some((input) => this.rootOf(input) === operand) ||
        (group.levels.get(entry.outputs[0]!) === "full" &&
          entry.inputs.every((input) => this.rootOf(input) !== operand || isFlat(group.accessOf(entry, input)))),
    );
  }

  /** Whether a group runs through its places more than once. */
  #runsAgain(i: number): boolean {
    const group = groupOf(this.#units[i]!);
    return group === undefined || group.row > 0;
  }

  #operandToReplace(
    group: Group,
    i: number,
    output: AnyTensor,
    lifetimes: ReadonlyMap<AnyTensor | string, Lifetime>,
  ): Lifetime | undefined {
    if (group.row > 0 || output.dtype === "bool") return undefined;
    for (const { inputs } of group.entries) {
      for (const input of inputs) {
        const root = this.rootOf(input);
        const lifetime = lifetimes.get(root);
        if (
          lifetime?.to === i &&
          lifetime.bytes === bytesOf(output) &&
          !this.#taken.has(lifetime) &&
          this.#isInPlace(i, root)
        ) {
          this.#taken.add(lifetime);
          return lifetime;
        }
      }
    }
    return undefined;
  }
}
