import * as core from "@tapegrad/core";
import { isTensor, Key } from "@tapegrad/core";
import { Expression, isTerm, Variable } from "./expression.ts";
import type { Plan } from "./plan-tape.ts";

/** A random tape as a test to be pasted. Operations that are not core's are imported from `from`. */
export function printTape(
  inputs: readonly core.AnyTensor[],
  plan: Plan,
  names: readonly string[],
  from: string,
): string {
  const printer = new Printer(inputs.length);
  const loss = printer.print(plan.loss);
  // Backwards, so that only what the loss needs is printed.
  const lines = plan.lines
    .toReversed()
    .flatMap((line, i) => printer.printLine(line, inputs.length + plan.lines.length - 1 - i))
    .toReversed();
  const at = inputs.map((x) => `    ${printer.print(x)},`);
  const imports = [...printer.imports].sort(([, a], [, b]) => (a.name < b.name ? -1 : 1));
  const importsOf = (isOwn: boolean): string[] =>
    imports.flatMap(([f, { name, as }]) =>
      isOwn === (named(name) !== f) ? [name === as ? name : `${name} as ${as}`] : [],
    );
  const own = importsOf(true);
  return [
    `import { ${["type AnyTensor", ...importsOf(false)].join(", ")} } from "@tapegrad/core";`,
    `import { assertGradients } from "@tapegrad/gradcheck";`,
    `import { test } from "vitest";`,
    ...(own.length > 0 ? [`import { ${own.join(", ")} } from ${JSON.stringify(from)};`] : []),
    "",
    `test(${JSON.stringify(`the gradient of ${names.join(", ") || "the inputs"}`)}, () => {`,
    `  const f = ([${inputs.map((_, i) => `x${i}`).join(", ")}]: readonly [${inputs.map(() => "AnyTensor").join(", ")}]): AnyTensor => {`,
    ...lines,
    `    return ${loss};`,
    "  };",
    "  assertGradients(f, [",
    ...at,
    "  ]);",
    "});",
    "",
  ].join("\n");
}

/** A call with its arguments written out. */
export function printCall(name: string, call: unknown, args: readonly unknown[]): string {
  return new Printer(0).print(new Expression(name, call, args));
}

class Printer {
  readonly #inputs: number;
  /** What must be imported, and by which name: two may have the same one. */
  readonly imports: Map<unknown, { readonly name: string; readonly as: string }> = new Map();
  readonly #used = new Set<number>();

  constructor(inputs: number) {
    this.#inputs = inputs;
  }

  /** The line of a variable, if what was printed before needs it. */
  printLine(line: Expression, variable: number): string[] {
    if (!this.#used.has(variable)) return [];
    return [`    const ${this.#name(variable)} = ${this.print(line)};`];
  }

  print(value: unknown): string {
    if (value instanceof Variable) return this.#variable(value);
    if (isTerm(value)) return this.#call(value as Expression);
    if (isTensor(value)) return this.#tensor(value);
    if (value instanceof Key) return this.#key(value);
    if (Array.isArray(value)) return `[${value.map((item) => this.print(item)).join(", ")}]`;
    if (typeof value === "function") return this.#function(value);
    if (value === null || typeof value !== "object") return literal(value);
    return `{ ${Object.entries(value)
      .map(([name, item]) => `${name}: ${this.print(item)}`)
      .join(", ")} }`;
  }

  #nameFor(name: string, f: unknown): string {
    const taken = [...this.imports.values()].filter((other) => other.name === name).length;
    const known = this.imports.get(f) ?? { name, as: taken === 0 ? name : `${name}${taken + 1}` };
    this.imports.set(f, known);
    return known.as;
  }

  #variable({ index, path }: Variable): string {
    this.#used.add(index);
    const steps = path === "" ? [] : path.split(".");
    return this.#name(index) + steps.map((step) => (/^\d+$/.test(step) ? `[${step}]!` : `.${step}`)).join("");
  }

  #name(variable: number): string {
    return variable < this.#inputs ? `x${variable}` : `v${variable - this.#inputs}`;
  }

  #call({ name, call, args }: Expression): string {
    return `${this.#nameFor(name, call)}(${args.map((arg) => this.print(arg)).join(", ")})`;
  }

  #tensor(x: core.AnyTensor): string {
    // Nested arrays do not say the shape of a tensor without elements.
    const empty = x.size === 0;
    const values = empty ? [] : x.toArray();
    const options = [`dtype: "${x.dtype}"`, ...(empty ? [`shape: [${x.shape.join(", ")}]`] : [])].join(", ");
    return `${this.#nameFor("tensor", core.tensor)}(${this.print(values)}, { ${options} })`;
  }

  /** The text of a function, with what it uses of core imported. */
  #function(f: object): string {
    // Vitest rewrites imported names in the sources that it transforms: to (0, __vite_ssr_import_1__.tanh).
    const text = String(f).replaceAll(/\(0, ?__vite_ssr_import_\d+__\.(\w+)\)|__vite_ssr_import_\d+__\.(\w+)/g, "$1$2");
    for (const [name] of text.matchAll(/[A-Za-z_]\w*/g)) if (name in core) this.#nameFor(name, named(name));
    return text;
  }

  #key({ bits }: Key): string {
    const [high, low] = Array.from(bits.data(), (word) => word >>> 0);
    return `${this.#nameFor("key", core.key)}(${high! * 2 ** 32 + low!})`;
  }
}

const named = (name: string): unknown => (core as Readonly<Record<string, unknown>>)[name];

function literal(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return Object.is(value, -0) ? "-0" : String(value);
}
