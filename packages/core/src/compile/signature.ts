import { Key } from "../key.ts";
import { sameShape, showShape } from "../shape.ts";
import { type AnyTensor, isTensor } from "../tensor.ts";

// What a compiled program depends on: the structure of the arguments, shapes and dtypes of their tensors, which of them are one, and all
// that is no tensor. It is compared at each call, so it is a tree of plain nodes and compared in one walk.

type Node =
  | { readonly kind: "tensor"; readonly tensor: AnyTensor; readonly place: number; readonly isKey: boolean }
  | {
      readonly kind: "tree";
      readonly prototype: unknown;
      readonly names: readonly string[];
      readonly children: readonly Node[];
    }
  | { readonly kind: "static"; readonly value: unknown };

export interface Signature {
  readonly root: Node;
  /** How many different tensors there are. */
  readonly count: number;
}

/** The signature of arguments, and their tensors, each once. */
export function signatureOf(args: readonly unknown[]): { signature: Signature; tensors: AnyTensor[] } {
  const places = new Map<AnyTensor, number>();
  const visit = (value: unknown): Node => {
    const isKey = value instanceof Key;
    if (isKey || isTensor(value)) {
      const tensor = isKey ? (value.bits as AnyTensor) : value;
      if (!places.has(tensor)) places.set(tensor, places.size);
      return { kind: "tensor", tensor, place: places.get(tensor)!, isKey };
    }
    if (!isNode(value)) return { kind: "static", value };
    const names = Object.keys(value);
    const children = names.map((name) => visit((value as Record<string, unknown>)[name]));
    return { kind: "tree", prototype: Object.getPrototypeOf(value), names, children };
  };
  const root = visit(args);
  return { signature: { root, count: places.size }, tensors: [...places.keys()] };
}

const draftable = Symbol.for("immer-draftable");

/** What trees walk into: arrays, plain objects, and instances of marked classes. */
function isNode(value: unknown): value is object {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null || draftable in value;
}

/** The tensors of arguments, in the order of a signature; `null` if they have another. */
export function match({ root, count }: Signature, args: readonly unknown[]): AnyTensor[] | null {
  const tensors = new Array<AnyTensor>(count);
  return matches(root, args, tensors) ? tensors : null;
}

function matches(node: Node, value: unknown, tensors: AnyTensor[]): boolean {
  if (node.kind === "tensor") {
    const isKey = value instanceof Key;
    const tensor = isKey ? (value.bits as AnyTensor) : value;
    if (isKey !== node.isKey || !isTensor(tensor)) return false;
    const before = tensors[node.place];
    if (before !== undefined) return before === tensor;
    if (tensor.dtype !== node.tensor.dtype || !hasShape(tensor, node.tensor)) return false;
    tensors[node.place] = tensor;
    return true;
  }
  if (node.kind === "static") return Object.is(node.value, value);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== node.prototype) return false;
  const { names, children } = node;
  let seen = 0;
  for (const name in value) {
    if (name !== names[seen]) return false;
    if (!matches(children[seen]!, (value as Record<string, unknown>)[name], tensors)) return false;
    seen++;
  }
  return seen === names.length;
}

function hasShape(tensor: AnyTensor, like: AnyTensor): boolean {
  return tensor.shape === like.shape || sameShape(tensor.shape, like.shape);
}

/** In which way arguments differ from a signature, in words. */
export function difference({ root }: Signature, args: readonly unknown[]): string {
  return differs(root, args, "") ?? "two arguments that were one tensor are two, or the other way round";
}

function differs(node: Node, value: unknown, path: string): string | null {
  // Positions count from 0, as those of `donate` do.
  const where = path === "" ? "the arguments" : path.replace(/^\d+/, (position) => `args[${position}]`);
  if (node.kind === "tensor") {
    const tensor = value instanceof Key ? (value.bits as AnyTensor) : value;
    const [before, now] = [node.isKey ? "a key" : describe(node.tensor), shown(value)];
    return before === now && isTensor(tensor) ? null : `${where} was ${before} and is ${now}`;
  }
  if (node.kind === "static") {
    if (Object.is(node.value, value)) return null;
    const isObject = typeof value === "function" || (typeof value === "object" && value !== null && !isTensor(value));
    const advice =
      typeof value === "number"
        ? "; give numbers that change as tensors"
        : isObject
          ? "; make it once, outside of the call"
          : "";
    return `${where} was ${shown(node.value)} and is ${isObject ? `another ${shown(value).replace(/^an? /, "")}` : shown(value)}${advice}`;
  }
  if (value === null || typeof value !== "object") return `${where} was an object and is ${shown(value)}`;
  if (Object.getPrototypeOf(value) !== node.prototype) return `${where} is of another class`;
  const names = Object.keys(value);
  if (`${names}` !== `${node.names}`)
    return `${where} had the fields ${node.names.join(", ")} and has ${names.join(", ")}`;
  for (const [i, name] of names.entries()) {
    const below = differs(
      node.children[i]!,
      (value as Record<string, unknown>)[name],
      path === "" ? name : `${path}.${name}`,
    );
    if (below !== null) return below;
  }
  return null;
}

const describe = (tensor: AnyTensor): string => `${tensor.dtype} ${showShape(tensor.shape)}`;

function shown(value: unknown): string {
  if (isTensor(value)) return describe(value);
  if (value instanceof Key) return "a key";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
