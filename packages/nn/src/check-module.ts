import { isTensor, Key } from "@tapegrad/core/functions";
import { checkFields, isTree } from "./check-fields.ts";
import { Module } from "./module.ts";
import { ModuleError } from "./module-error.ts";

const DEEPEST = 200;

/**
 * Refuses what cannot be copied field by field: `#private` members (the copy lacks them), functions as fields (they stay
 * bound to the original) and fields named by symbols. `apply`, gradients and optimizers do this; call it to check a class
 * in a test.
 * @throws ModuleError naming the class and the member.
 * @example
 * checkModule(new Linear(2, 3, { key: key(0) })); // says nothing: all is well
 */
export function checkModule(model: Module): void {
  modulePaths(model);
}

/** Checks a model, and finds the path of each module in it; of one that stands at several, the first. */
export function modulePaths(model: Module): Map<Module, string> {
  const paths = new Map<Module, string>();
  visit(model, "", model, paths, 0);
  return paths;
}

function visit(value: unknown, path: string, owner: Module, paths: Map<Module, string>, depth: number): void {
  if (value === null || typeof value !== "object" || isTensor(value) || value instanceof Key) return;
  let inside = owner;
  if (value instanceof Module) {
    if (paths.has(value)) return;
    paths.set(value, path);
    checkFields(value, path);
    inside = value;
  } else if (!isTree(value)) return;
  if (depth > DEEPEST) throw new ModuleError(owner.constructor.name, "the model contains itself", "break the cycle");
  for (const name of Object.keys(value)) {
    visit((value as Record<string, unknown>)[name], path === "" ? name : `${path}.${name}`, inside, paths, depth + 1);
  }
}
