import { isTensor, Key } from "@tapegrad/core/functions";
import { Module } from "./module.ts";
import { ModuleError } from "./module-error.ts";
import { privateMember } from "./private-member.ts";

const DEEPEST = 200;
const draftable = Symbol.for("immer-draftable");
const checkedClasses = new WeakSet<object>();

/**
 * Refuses what cannot be copied field by field: `#private` members (the copy lacks them), functions as fields (they stay
 * bound to the original) and fields named by symbols. `apply` does this; call it to check a class in a test.
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
  if (typeof value === "function") {
    throw new ModuleError(
      owner.constructor.name,
      `the field ${path} is a function, which stays bound to this instance when it is copied`,
      "make it a method, or a module such as new Relu()",
    );
  }
  if (value === null || typeof value !== "object" || isTensor(value) || value instanceof Key) return;
  let inside = owner;
  if (value instanceof Module) {
    if (paths.has(value)) return;
    paths.set(value, path);
    checkClass(value);
    inside = value;
  } else if (!isTree(value)) return;
  if (depth > DEEPEST) throw new ModuleError(owner.constructor.name, "the model contains itself", "break the cycle");
  for (const name of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[name];
    if (child === null || (typeof child !== "object" && typeof child !== "function") || isTensor(child)) continue;
    visit(child, path === "" ? name : `${path}.${name}`, inside, paths, depth + 1);
  }
}

/** What core's trees look into besides modules. */
function isTree(value: object): boolean {
  if (Array.isArray(value) || (value as Record<symbol, unknown>)[draftable] === true) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function checkClass(module: Module): void {
  const { name } = module.constructor;
  const symbol = Object.getOwnPropertySymbols(module)[0];
  if (symbol !== undefined) {
    throw new ModuleError(name, `the field [${String(symbol)}] is lost when it is copied`, "give fields plain names");
  }
  for (let at: object = module.constructor; at !== Module; at = Object.getPrototypeOf(at)) {
    if (checkedClasses.has(at)) return;
    const found = privateMember(Function.prototype.toString.call(at));
    if (found !== undefined) {
      throw new ModuleError(
        name,
        `the class ${(at as { name: string }).name} has a private member, ${found}, which copies would lack`,
        "use TypeScript's private keyword or a public readonly field",
      );
    }
  }
  checkedClasses.add(module.constructor);
}
