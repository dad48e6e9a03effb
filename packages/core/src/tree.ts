import { isFloat } from "./dtype.ts";
import { TreeError } from "./errors.ts";
import { Key } from "./key.ts";
import { type AnyTensor, isTensor } from "./tensor.ts";

/**
 * What a leaf of a tree is. Parameters are tensors of floats, and the only leaves that gradients and optimizers see.
 * Buffers are tensors that a class names in its static `buffers`, and tensors of integers or bool.
 */
export type LeafKind = "parameter" | "buffer" | "key";

export interface Leaf {
  /** `layers.0.weight` */
  readonly path: string;
  readonly kind: LeafKind;
  readonly value: AnyTensor | Key;
}

/** Immer's own mark for classes whose instances may be copied field by field: such an instance is a tree. */
const draftable = Symbol.for("immer-draftable");

/** A tree nested deeper than this is taken for one that contains itself. */
const DEEPEST = 1000;

/** The child names of a node, or `undefined` for a leaf or a static value. */
function childrenOf(value: unknown, path: string): readonly string[] | undefined {
  if (value === null || typeof value !== "object" || isTensor(value) || value instanceof Key) return undefined;
  if (Array.isArray(value)) return Array.from(value, (_, i) => String(i));
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return Object.keys(value);
  if ((value as Record<symbol, unknown>)[draftable]) {
    checkClass(value, prototype.constructor);
    return Object.keys(value);
  }
  if (holdsTensor(value)) {
    throw new TreeError(
      "tree",
      `${where(path)} is a ${prototype.constructor?.name ?? "object"} that holds tensors, but is no tree`,
      'extend Module, use a plain object, or mark the class with [Symbol.for("immer-draftable")] = true',
    );
  }
  return undefined;
}

/** The name of a static method by which a marked class refuses instances that cannot be copied field by field. */
const check = Symbol.for("tapegrad.check");

/** Instances that were checked before. A copy made field by field is one that was. */
const checked = new WeakSet<object>();

function checkClass(
  instance: object,
  constructor: { readonly [check]?: (instance: object) => void } | undefined,
): void {
  if (checked.has(instance)) return;
  constructor?.[check]?.(instance);
  checked.add(instance);
}

/** Static objects that were searched before: a tree is walked at every step, and they may be large. */
const withoutTensors = new WeakSet<object>();

/** Whether a tensor stands anywhere below an object that is no tree, where it would be neglected in silence. */
function holdsTensor(value: unknown, depth = 0): boolean {
  if (isTensor(value)) return true;
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value) || withoutTensors.has(value))
    return false;
  if (depth > DEEPEST) return false;
  withoutTensors.add(value);
  const inside =
    value instanceof Map
      ? [...value.keys(), ...value.values()]
      : value instanceof Set
        ? [...value]
        : Object.values(value);
  const found = inside.some((item) => holdsTensor(item, depth + 1));
  if (found) withoutTensors.delete(value);
  return found;
}

const where = (path: string): string => (path === "" ? "the value" : path);
const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

function kindOf(value: AnyTensor | Key, inBuffer: boolean): LeafKind {
  if (value instanceof Key) return "key";
  return inBuffer || !isFloat(value.dtype) ? "buffer" : "parameter";
}

function isBuffer(node: object, name: string): boolean {
  return (node.constructor as { buffers?: readonly string[] } | undefined)?.buffers?.includes(name) ?? false;
}

/** A node of the same class with other children. */
function rebuild(node: object, names: readonly string[], children: readonly unknown[]): unknown {
  if (Array.isArray(node)) return children;
  const copy: Record<string, unknown> = Object.create(Object.getPrototypeOf(node));
  for (let i = 0; i < names.length; i++) copy[names[i]!] = children[i];
  checked.add(copy);
  return copy;
}

type Visit = (leaf: Leaf, others: readonly unknown[]) => unknown;

function walk(
  tree: unknown,
  others: readonly unknown[],
  path: string,
  inBuffer: boolean,
  depth: number,
  visit: Visit,
): unknown {
  if (isTensor(tree) || tree instanceof Key) return visit({ path, kind: kindOf(tree, inBuffer), value: tree }, others);
  const names = childrenOf(tree, path);
  if (names === undefined) return tree;
  if (depth > DEEPEST)
    throw new TreeError(
      "tree",
      `${path.slice(0, 60)}... is nested over ${DEEPEST} deep, or contains itself`,
      "flatten it, or break the cycle",
    );
  const node = tree as Record<string, unknown>;
  let changed = false;
  const children = names.map((name) => {
    const below = others.map((other) => child(other, name, path));
    const mapped = walk(node[name], below, join(path, name), inBuffer || isBuffer(node, name), depth + 1, visit);
    if (mapped !== node[name]) changed = true;
    return mapped;
  });
  return changed ? rebuild(node, names, children) : node;
}

function child(other: unknown, name: string, path: string): unknown {
  if (other === null || other === undefined) return other;
  if (typeof other !== "object" || !(name in other)) {
    throw new TreeError("tree", `the trees differ: one has no ${join(path, name)}`, "use trees of the same structure");
  }
  return (other as Record<string, unknown>)[name];
}

/**
 * The tensors and keys of a tree, in the order of its fields. A tree is a tensor, a key, an array or plain object of
 * trees, or an instance of a class marked as immer marks them; everything else in it is static.
 * @throws TreeError when an unmarked class holds tensors.
 * @example
 * treeLeaves({ layers: [{ weight: ones([2]) }] })[0].path; // "layers.0.weight"
 */
export function treeLeaves(tree: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  walk(tree, [], "", false, 0, (leaf) => {
    leaves.push(leaf);
    return leaf.value;
  });
  return leaves;
}

/** Calls `visit` for every leaf, beside what stands at its place in other trees; a tied tensor at each of its places. */
export function treeVisit(
  tree: unknown,
  visit: (leaf: Leaf, ...others: readonly unknown[]) => void,
  ...others: readonly unknown[]
): void {
  walk(tree, others, "", false, 0, (leaf, beside) => {
    visit(leaf, ...beside);
    return leaf.value;
  });
}

/** The tree with other leaves; what is static stays. */
export type Mapped<T, R> = T extends AnyTensor | Key
  ? R
  : T extends ((...args: never[]) => unknown) | string | number | boolean | null | undefined | symbol | bigint
    ? T
    : { [K in keyof T]: Mapped<T[K], R> };

/**
 * The tree with each leaf replaced by `f` of it, and of the leaves that stand at its place in other trees (in which
 * `null` may stand for a leaf or a whole branch). A tensor that stands at several places (tied weights) is mapped once
 * and stays one.
 * @throws TreeError when the other trees lack a place.
 * @example
 * treeMap({ w: ones([2]) }, ({ value }) => value.shape); // { w: [2] }
 */
export function treeMap<T, R>(
  tree: T,
  f: (leaf: Leaf, ...others: readonly unknown[]) => R,
  ...others: readonly unknown[]
): Mapped<T, R> {
  const done = new Map<unknown, { others: readonly unknown[]; result: R }>();
  return walk(tree, others, "", false, 0, (leaf, beside) => {
    const before = done.get(leaf.value);
    if (before?.others.every((other, i) => other === beside[i])) return before.result;
    const result = f(leaf, ...beside);
    done.set(leaf.value, { others: beside, result });
    return result;
  }) as Mapped<T, R>;
}

/** The tensors of a tree, those in keys too, one for each place. */
export function tensorsOf(tree: unknown): AnyTensor[] {
  return treeLeaves(tree).map(({ value }) => (value instanceof Key ? value.bits : value));
}

/** The tree with other tensors at its places, in the order of `tensorsOf`: at two places two, though it was one. */
export function withTensors<T>(tree: T, tensors: readonly AnyTensor[]): T {
  let next = 0;
  return walk(tree, [], "", false, 0, ({ value }) => {
    const tensor = tensors[next++]!;
    return value instanceof Key ? new Key(tensor as Key["bits"]) : tensor;
  }) as T;
}

/**
 * What stands at a path.
 * @throws TreeError when nothing does, naming what there is.
 * @example
 * treeAt({ layers: [{ weight: 7 }] }, "layers.0.weight"); // 7
 */
export function treeAt<T, const P extends string>(tree: T, path: P): At<T, P> {
  let at: unknown = tree;
  let done = "";
  for (const name of path === "" ? [] : path.split(".")) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, name)) {
      const isNode = at !== null && typeof at === "object" && !isTensor(at) && !(at instanceof Key);
      const names = isNode ? Object.keys(at as object).join(", ") : "nothing below it";
      throw new TreeError(
        "treeAt",
        `there is no "${path}": ${where(done)} has ${names}`,
        "treeLeaves(tree) lists all paths",
      );
    }
    at = (at as Record<string, unknown>)[name];
    done = join(done, name);
  }
  return at as At<T, P>;
}

/**
 * Whether a path is the one that a pattern names, or below it. `*` stands for one step of a path.
 * @example
 * pathMatches("layers.0", "layers.0.weight"); // true
 * pathMatches("layers.*.bias", "layers.2.bias"); // true
 */
export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === "" || pattern === path) return true;
  if (!pattern.includes("*")) return path.startsWith(`${pattern}.`);
  const steps = path.split(".");
  return pattern.split(".").every((part, i) => i < steps.length && (part === "*" || part === steps[i]));
}

/** The type at a path such as `layers.0.weight`; `unknown` where the path is not known to the compiler. */
export type At<T, P extends string> = string extends P
  ? unknown
  : P extends ""
    ? T
    : P extends `${infer Head}.${infer Rest}`
      ? At<Child<T, Head>, Rest>
      : Child<T, P>;

type Child<T, Name extends string> = Name extends keyof T
  ? T[Name]
  : Name extends `${infer Index extends number}`
    ? Index extends keyof T
      ? T[Index]
      : T extends readonly (infer Item)[]
        ? Item
        : unknown
    : unknown;
