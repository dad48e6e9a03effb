import { describe, expect, test } from "vitest";
import { privateMember } from "../src/private-member.ts";

describe("private members are found", () => {
  test.each([
    ["class A { #x = 1; }", "#x"],
    ["class A { #x }", "#x"],
    ["class A extends B { y = 1; #größe; }", "#größe"],
    ["class A { #m() { return 1; } }", "#m"],
    ["class A { get #m() { return 1; } }", "#m"],
    ["class A { async *#m() {} }", "#m"],
    [`class A { a = '}'; b = "}"; c = \`}\${\`}\` + {}}\`; #x; }`, "#x"],
    ['class A { a = /[/}"]+}/g; #x; }', "#x"],
    ["class A { a = 4 / 2; b = 1 / 3; #x; }", "#x"],
    [`class A { m() { return \`\${ { a: \`}\` }.a } #no\`; } #x; }`, "#x"],
    ["class A { // it's a }\n /* and } \" */ #x; }", "#x"],
    ["class A extends mixin({ a: 1 }, B) { #x; }", "#x"],
    ["class A { static #a = 1; #x; }", "#x"],
    ["class A { constructor() { __privateAdd(this, _x, 1); } }", "__privateAdd"],
  ])("%s", (source, expected) => {
    expect(privateMember(source)).toBe(expected);
  });
});

describe("what only looks like one is not", () => {
  test.each([
    ["class A { x = 1; }"],
    ["class A { static #count = 0; static async #load() {} static get #y() { return 1; } x = 1; }"],
    [`class A { a = '#x'; b = "#x"; c = \`#x \${'#x'} #x\`; }`],
    ["class A { /* #x */ y = 1; // #x\n }"],
    ["class A { a = /#x/; }"],
    ["class A { m() { return A.#y; } static #y = 1; }"],
    ["class A { m() { class B { #x = 1; } return new B(); } }"],
    ["class A { m(x) { return x in { '#x': 1 }; } 'a#b' = 1; }"],
    ["class A {}"],
    ["function A() { [native code] }"],
  ])("%s", (source) => {
    expect(privateMember(source)).toBeUndefined();
  });
});

test("classes as the engine prints them", () => {
  class Plain {
    readonly text = "#no";
    method(): string {
      return `${this.text} #no`;
    }
  }
  class Hidden extends Plain {
    readonly #x = 1;
    get x(): number {
      return this.#x;
    }
  }
  expect(privateMember(Function.prototype.toString.call(Plain))).toBeUndefined();
  expect(privateMember(Function.prototype.toString.call(Hidden))).toBeDefined();
});
