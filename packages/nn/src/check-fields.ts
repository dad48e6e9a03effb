import { isTensor, Key } from "@tapegrad/core/functions";
import type { Module } from "./module.ts";
import { ModuleError } from "./module-error.ts";
import { privateMember } from "./private-member.ts";

const draftable = Symbol.for("immer-draftable");
/** The name of the static method that calls this check, see `Module`. */
export const check: unique symbol = Symbol.for("tapegrad.check");
const checkedClasses = new WeakSet<object>();

/**
 * Checks one module, without the modules inside: its class, and its fields down to other modules.
 * @param path where the module stands, for messages.
 * @throws ModuleError for `#private` members, functions as fields, fields named by symbols.
 */
export function checkFields(module: Module, path = ""): void {
  checkClass(module);
  checkValues(module, path, module, 0);
}

/** Deeper than this stands something that contains itself, which whoever walks the tree refuses. */
const DEEPEST = 200;

function checkValues(node: object, path: string, owner: Module, depth: number): void {
  for (const name of Object.keys(node)) {
    const value: unknown = (node as Record<string, unknown>)[name];
    const at = path === "" ? name : `${path}.${name}`;
    if (typeof value === "function") {
      throw new ModuleError(
        owner.constructor.name,
        `the field ${at} is a function, which stays bound to this instance when it is copied`,
        "make it a method, or a module such as new Relu()",
      );
    }
    if (isPlain(value) && depth < DEEPEST) checkValues(value, at, owner, depth + 1);
  }
}

/** Whether a value belongs to the module that holds it: modules inside are checked for themselves. */
function isPlain(value: unknown): value is object {
  if (value === null || typeof value !== "object" || isTensor(value) || value instanceof Key) return false;
  return isTree(value) && !(check in (value.constructor ?? {}));
}

/** What core's trees look into. */
export function isTree(value: object): boolean {
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
  for (let at: object = module.constructor; at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    if (checkedClasses.has(at)) break;
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
