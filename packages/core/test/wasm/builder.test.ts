import fc from "fast-check";
import { expect, test } from "vitest";
import { ModuleBuilder } from "../../src/wasm/builder.ts";
import { engine } from "../../src/wasm/engine.ts";
import { i32, loads, stores } from "../../src/wasm/instructions.ts";

function run(module: ModuleBuilder, memory = new engine.Memory({ initial: 1 })) {
  return new engine.Instance(new engine.Module(module.encode()), { env: { memory } }).exports as Record<
    string,
    (...args: number[]) => number
  >;
}

const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

test("functions compute, branch, loop and call one another", () => {
  const module = new ModuleBuilder({ minimum: 1 });
  const larger = module.function("larger", ["i32", "i32"], (body, a, b) => {
    const result = body.local("i32", a);
    body.if(i32.gtS(b, a), () => body.set(result, b));
    return result;
  });
  module.function("largest", ["i32", "i32", "i32"], (_, a, b, c) => ({
    type: "i32",
    code: larger({ type: "i32", code: larger(a, b) }, c),
  }));
  module.function("sumBelow", ["i32"], (body, n) => {
    const [i, sum] = [body.local("i32"), body.local("i32")];
    body.for(i, n, 1, () => body.increase(sum, i));
    return sum;
  });
  module.function("sign", ["i32"], (body, x) => {
    const result = body.local("i32");
    body.if(
      i32.ltS(x, i32.const(0)),
      () => body.set(result, i32.const(-1)),
      () => body.if(x, () => body.set(result, i32.const(1))),
    );
    return result;
  });
  const { largest, sumBelow, sign } = run(module);
  fc.assert(fc.property(int, int, int, (a, b, c) => largest!(a, b, c) === Math.max(a, b, c)));
  fc.assert(fc.property(int, (x) => sign!(x) === Math.sign(x)));
  expect([sumBelow!(0), sumBelow!(1), sumBelow!(101), sumBelow!(-5)]).toEqual([0, 0, 5050, 0]);
});

test("loads and stores reach the imported memory, with offsets", () => {
  const module = new ModuleBuilder({ minimum: 1 });
  module.function("move", ["i32", "i32"], (body, from, to) => body.do(stores.i32(to, loads.i32(from, 8), 300)));
  const memory = new engine.Memory({ initial: 1 });
  const view = new Int32Array(memory.buffer);
  view[6] = 1234567;
  run(module, memory).move!(16, 100);
  expect(view[100]).toBe(1234567);
});

test("a function that leaves nothing on the stack has no result, whatever is refused by the engine is refused whole", () => {
  const module = new ModuleBuilder({ minimum: 1 });
  module.function("broken", ["i32"], (body, x) => body.do(x.code));
  expect(engine.validate(module.encode())).toBe(false);
});
