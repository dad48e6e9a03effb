import { type AnyTensor, isTensor, type Leaf, treeLeaves } from "@tapegrad/core/functions";
import type { Updates } from "./apply.ts";
import { ModuleError } from "./module-error.ts";

/**
 * The model with new values of its buffers, as `apply` gave them; everything else stays the same object.
 * @throws ModuleError for a path that is no buffer, or a value of another shape or dtype.
 * @example
 * const model = new Sequential(new Linear(2, 3, { key: key(0) }), new Dropout(0.8));
 * const { updates } = apply(model, ones([5, 2]), { key: key(1) });
 * const next = withUpdates(model, updates);
 */
export function withUpdates<T>(model: T, updates: Updates): T {
  const entries = Object.entries(updates);
  if (entries.length === 0) return model;
  const leaves = new Map(treeLeaves(model).map((leaf) => [leaf.path, leaf]));
  return entries.reduce((next, [path, value]) => {
    check(path, value, leaves.get(path));
    return replaced(next, path === "" ? [] : path.split("."), value) as T;
  }, model);
}

function check(path: string, value: AnyTensor, leaf: Leaf | undefined): void {
  if (leaf?.kind !== "buffer" || !isTensor(leaf.value)) {
    const found = leaf === undefined ? "there is nothing" : `there is a ${leaf.kind}`;
    throw new ModuleError("withUpdates", `${found} at "${path}"`, "name buffers in the class's static buffers");
  }
  const show = ({ dtype, shape }: AnyTensor): string => `${dtype} [${shape.join(", ")}]`;
  if (show(value) !== show(leaf.value)) {
    throw new ModuleError("withUpdates", `${path} is ${show(leaf.value)}, its update ${show(value)}`, "keep its form");
  }
}

/** A copy along the path. Buffers are replaced place by place, also where two start as one and the same tensor. */
function replaced(node: unknown, [name, ...rest]: readonly string[], value: AnyTensor): unknown {
  if (name === undefined) return value;
  const child = replaced((node as Record<string, unknown>)[name], rest, value);
  if (Array.isArray(node)) return node.with(Number(name), child);
  return Object.assign(Object.create(Object.getPrototypeOf(node)), node, { [name]: child });
}
