import { isFloat } from "../dtype.ts";
import type { Program } from "../program.ts";
import { sizeOf } from "../shape.ts";
import type { Entry } from "../tape.ts";
import { type AnyTensor, isConcrete } from "../tensor.ts";
import { type Access, accessOf, canNest, permutedAccess, repeated, turnsOf } from "./access.ts";
import { settings } from "./settings.ts";

// Which entries run together. What is elementwise joins what uses it, so that values between stay in registers; so do sums and extremes of
// rows. Entries are taken from the last to the first: one joins the earliest of its users, if that is a group which accepts it. What has
// other users as well is a result of the group, too.

/** Whether each place of a group has an element of a value, or each row. */
export type Level = "full" | "row";

/** Entries that run in one loop over the places of a result. */
export class Group {
  readonly kind = "group";
  /** In order. */
  entries: readonly Entry[] = [];
  /** How many places there are. */
  places: number;
  /** Places of a row, where something of rows is computed; else 0. */
  row = 0;
  /** Bytes of the numbers. */
  readonly bytes: 4 | 8;
  /** Of each value that is made within. */
  levels: ReadonlyMap<AnyTensor, Level> = new Map();
  /** Places after which accesses to operands turn. */
  #turns: ReadonlySet<number> = new Set();

  constructor(places: number, bytes: 4 | 8) {
    this.places = places;
    this.bytes = bytes;
  }

  /** The loops over the places, the innermost first. */
  get loops(): readonly number[] {
    const turns = [...this.#turns].sort((a, b) => a - b);
    return [...turns, this.places].map((turn, i) => turn / (turns[i - 1] ?? 1));
  }

  /** How an operand of one of the entries is read, if it is not made within. */
  accessOf(entry: Entry, operand: AnyTensor): Access {
    return accessFor(entry, operand, this.levels.get(entry.outputs[0]!)!, this.row);
  }

  /** Takes an entry in, before all others; whether that can be. */
  accept(entry: Entry): boolean {
    const output = entry.outputs[0]!;
    const bytes = bytesOf(entry);
    if ((bytes !== null && bytes !== this.bytes) || this.entries.length >= settings.mostTogether) return false;
    const reduced = reducedRow(entry);
    const users = this.entries.filter(({ inputs }) => inputs.includes(output));
    let { row, places, levels } = this;
    let turns = new Set(this.#turns);
    if (reduced !== null && row === 0 && places === output.size && users.every((user) => isFlatUse(user, output))) {
      // What was computed of each place is from now on computed of each row.
      turns = new Set([...turns].map((turn) => turn * reduced));
      row = reduced;
      places *= reduced;
      levels = new Map([...levels.keys()].map((value) => [value, "row"]));
    }
    const isRow = reduced !== null || output.size !== places;
    if (isRow && row === 0) row = reduced ?? rowOf(users, output);
    if (isRow && (row <= 1 || output.size * row !== places || (reduced !== null && reduced !== row))) return false;
    if (isRow && reduced === null && output.size === 1 && this.row === 0) return false;
    const level = isRow ? "row" : "full";
    if (row > 0 && row < places) turns.add(row);
    for (const user of users) {
      const of = levels.get(user.outputs[0]!)!;
      if (!fits(user, of, output, level, row)) return false;
    }
    for (const operand of entry.inputs) {
      if (!isNumber(operand)) for (const turn of turnsOf(accessFor(entry, operand, level, row))) turns.add(turn);
    }
    turns.delete(places);
    if (!canNest([...turns, places]) || (row > 0 && row < places && Math.min(...turns) < row)) return false;
    this.entries = [entry, ...this.entries];
    this.places = places;
    this.row = row;
    this.levels = new Map([...levels, [output, level]]);
    this.#turns = turns;
    return true;
  }
}

/** Whether a value of some level can be an operand of a user of another. */
function fits(user: Entry, of: Level, operand: AnyTensor, level: Level, row: number): boolean {
  if (reducedRow(user) !== null) return level === "full";
  return of === level ? isFlatUse(user, operand) : level === "row" && rowOf([user], operand) === row;
}

/** What runs at one time: a group, or one entry by itself. */
export type Unit = Group | EntryUnit;

export interface EntryUnit {
  readonly kind: "entry";
  readonly entry: Entry;
  /** What goes on with each part of the result that a chunk of the entry's kernel has made. */
  readonly epilogue?: Group;
}

/** Whether a tensor is a number, written into the code. */
export const isNumber = (tensor: AnyTensor): boolean => isConcrete(tensor) && tensor.size === 1;

/** Entries that give their input in another shape. */
export const isIdentity = (entry: Entry): boolean => IDENTITIES.has(entry.operation.name);
const IDENTITIES = new Set(["reshape", "alias", "stopGradient", "broadcastTo", "permute"]);
/** Those that need no copy. */
export const isView = (entry: Entry): boolean => VIEWS.has(entry.operation.name);
const VIEWS = new Set(["reshape", "alias", "stopGradient"]);

const axesOf = ({ operation, attributes }: Entry): readonly number[] | null =>
  operation.name === "permute" ? (attributes as { readonly axes: readonly number[] }).axes : null;

/** Whether neighbours are read as neighbours: vectors are loaded, not gathered. */
export function readsRuns(entry: Entry): boolean {
  const axes = axesOf(entry);
  return axes === null || permutedAccess(entry.inputs[0]!.shape, axes)[0]?.stride === 1;
}

function accessFor(entry: Entry, operand: AnyTensor, level: Level, row: number): Access {
  if (reducedRow(entry) !== null) return [{ size: operand.size, stride: 1 }];
  const { shape } = entry.outputs[0]!;
  const axes = axesOf(entry);
  const own = isView(entry)
    ? [{ size: operand.size, stride: 1 }]
    : axes
      ? permutedAccess(operand.shape, axes)
      : accessOf(operand.shape, shape);
  return level === "full" ? own : repeated(own, row);
}

/** Whether each place of the user is made of the same place of the operand. */
function isFlatUse(user: Entry, operand: AnyTensor): boolean {
  return reducedRow(user) !== null || (operand.size === user.outputs[0]!.size && axesOf(user) === null);
}

/** How many places in a row have the same element of the operand, one row after another; 0 if it is not so. */
function rowOf(users: readonly Entry[], operand: AnyTensor): number {
  const [user] = users;
  if (user === undefined || isView(user) || axesOf(user) || reducedRow(user) !== null) return 0;
  const access = accessOf(operand.shape, user.outputs[0]!.shape);
  const [inner, outer, ...more] = access;
  if (inner === undefined || inner.stride !== 0 || more.length > 0) return 0;
  return outer === undefined || outer.stride === 1 ? inner.size : 0;
}

/** Of a reduction of the last axes of floats: how many elements it takes together. */
export function reducedRow({ operation, inputs: [x], attributes }: Entry): number | null {
  if (operation.name !== "sum" && operation.name !== "max" && operation.name !== "min") return null;
  const { axes } = attributes as { readonly axes: readonly number[] };
  if (!isFloat(x!.dtype) || axes.length === 0 || x!.size === 0) return null;
  const first = Math.min(...axes.filter((axis) => x!.shape[axis]! > 1));
  const areLast = x!.shape.every((size, axis) => axis < first || size === 1 || axes.includes(axis));
  return areLast && first < x!.rank ? sizeOf(x!.shape.slice(first)) : null;
}

/** Bytes of the numbers that an entry works on; `null` where there are only bools. */
function bytesOf({ inputs, outputs }: Entry): 4 | 8 | null {
  const number = [...outputs, ...inputs].find(({ dtype }) => dtype !== "bool");
  return number === undefined ? null : number.dtype === "float64" ? 8 : 4;
}

/**
 * The units of a program, in an order in which they can run.
 * @param canJoin whether an entry is one that groups can compute.
 */
export function fuseEntries({ entries }: Program, canJoin: (entry: Entry) => boolean): Unit[] {
  return new Fusion(entries).run(canJoin);
}

/** How many groups are asked whether they read what an entry reads. */
const ASKED = 8;

class Fusion {
  readonly #entries: readonly Entry[];
  readonly #order: ReadonlyMap<Entry, number>;
  /** From the last to the first; `null` for one that was merged into another. */
  readonly #units: (Unit | null)[] = [];
  /** Where a unit that was merged is now. */
  readonly #merged = new Map<number, number>();
  readonly #usersOf = new Map<AnyTensor, Set<number>>();
  readonly #makerOf = new Map<AnyTensor, number>();

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
    this.#order = new Map(entries.map((entry, i) => [entry, i]));
  }

  run(canJoin: (entry: Entry) => boolean): Unit[] {
    for (const entry of this.#entries.toReversed()) {
      const isJoinable = canJoin(entry) && entry.outputs[0]!.size > 0;
      let place = isJoinable ? this.#placeFor(entry) : -1;
      if (place < 0)
        place = this.#units.push(isJoinable && !isView(entry) ? startGroup(entry) : { kind: "entry", entry }) - 1;
      for (const input of entry.inputs) {
        const users = this.#usersOf.get(input) ?? new Set();
        this.#usersOf.set(input, users.add(place));
      }
      for (const output of entry.outputs) this.#makerOf.set(output, place);
    }
    return this.#units.filter((unit) => unit !== null).reverse();
  }

  #now(place: number): number {
    const next = this.#merged.get(place);
    return next === undefined ? place : this.#now(next);
  }

  #usersOfEntry(entry: Entry): number[] {
    const places = entry.outputs.flatMap((output) => [...(this.#usersOf.get(output) ?? [])]);
    return [...new Set(places.map((place) => this.#now(place)))].sort((a, b) => b - a);
  }

  /**
   * The group that takes an entry in: that of its earliest user, or one that runs before and reads an operand of it, so that the operand is
   * read once; -1 if there is none.
   */
  #placeFor(entry: Entry): number {
    const [earliest = -1, ...others] = this.#usersOfEntry(entry);
    for (const other of others) this.#merge(earliest, other);
    const user = this.#units[earliest];
    if (user?.kind === "group" && user.accept(entry)) return earliest;
    if (isIdentity(entry)) return -1;
    const operands = new Set(entry.inputs.filter(({ size }) => size > 1));
    for (let i = this.#units.length - 1; i > Math.max(earliest, this.#units.length - 1 - ASKED); i--) {
      const unit = this.#units[i];
      if (unit?.kind !== "group" || unit.places !== entry.outputs[0]!.size) continue;
      const isShared = unit.entries.some(
        ({ inputs, outputs }) => operands.has(outputs[0]!) || inputs.some((input) => operands.has(input)),
      );
      if (isShared && unit.accept(entry)) return i;
    }
    return -1;
  }

  /** Lets a group run where an earlier one does, as one with it, if nothing between them makes what it reads. */
  #merge(earlier: number, later: number): void {
    const [first, second] = [this.#units[earlier], this.#units[later]];
    if (first?.kind !== "group" || second?.kind !== "group" || first.places !== second.places) return;
    const reads = second.entries.flatMap(({ inputs }) => inputs);
    const isFree = reads.every((input) => {
      const maker = this.#makerOf.get(input);
      return maker === undefined || this.#now(maker) >= earlier || this.#now(maker) === later;
    });
    if (!isFree) return;
    const all = [...first.entries, ...second.entries].sort((a, b) => this.#order.get(b)! - this.#order.get(a)!);
    const merged = startGroup(all[0]!);
    if (merged.kind !== "group" || !all.slice(1).every((entry) => merged.accept(entry))) return;
    this.#units[earlier] = merged;
    this.#units[later] = null;
    this.#merged.set(later, earlier);
  }
}

function startGroup(entry: Entry): Unit {
  const group = new Group(entry.outputs[0]!.size, bytesOf(entry) ?? 4);
  return group.accept(entry) ? group : { kind: "entry", entry };
}
