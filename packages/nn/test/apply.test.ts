import {
  ArgumentError,
  add,
  foldIn,
  type Key,
  key,
  mul,
  ones,
  type Tensor,
  treeLeaves,
  treeMap,
  valueAndGrad,
  zeros,
} from "@tapegrad/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply, type Context, Dropout, evaluation, Linear, Module, ModuleError, Sequential } from "../src/index.ts";
import { pathHash } from "../src/path-hash.ts";
import { numbers } from "./fixtures.ts";

/** Draws once per forward, and hands the input on. */
class Draw extends Module {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  override forward(seen: Map<string, string>, context: Context = evaluation): Map<string, string> {
    const drawn = String(context.keyOf(this));
    const previous = seen.get(drawn);
    if (previous !== undefined) throw new Error(`${this.name} draws as ${previous}`);
    return new Map(seen).set(drawn, this.name);
  }
}

/** Runs all modules that it holds in any form, and is no container of this package. */
class Everything extends Module {
  readonly parts: unknown;
  constructor(parts: unknown) {
    super();
    this.parts = parts;
  }
  override forward(seen: Map<string, string>, context: Context = evaluation): Map<string, string> {
    const run = (part: unknown, map: Map<string, string>): Map<string, string> => {
      if (part instanceof Draw || part instanceof Everything) return part.forward(map, context);
      return Object.values(part as object).reduce((before, inner) => run(inner, before), map);
    };
    return run(this.parts, seen);
  }
}

const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    fc.string().map((name) => new Draw(name)),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("a", "b", "layers", "0", "#1"), tie("tree"), { maxKeys: 3 }),
    tie("tree").map((parts) => new Everything(parts)),
  ),
}));

describe("keys", () => {
  test("no two modules share one, whatever contains them, and no two calls", () => {
    fc.assert(
      fc.property(tree, fc.nat(), fc.integer({ min: 1, max: 3 }), (parts, seed, times) => {
        const model = new Everything(Array.from({ length: times }, () => parts));
        const { output } = apply(model, new Map<string, string>(), { key: key(seed) });
        const again = apply(model, new Map<string, string>(), { key: key(seed) });
        expect(again.output).toEqual(output);
      }),
      { numRuns: 200 },
    );
  });

  test("a module that stands at several places, or is called again, draws anew", () => {
    const shared = new Dropout(0.5);
    const x = ones([64]);
    class Twice extends Module {
      readonly dropout = shared;
      override forward(at: Tensor, context: Context = evaluation): [Tensor, Tensor] {
        return [this.dropout.forward(at, context), this.dropout.forward(at, context)];
      }
    }
    const [a, b] = apply(new Twice(), x, { key: key(0) }).output;
    expect(numbers(a)).not.toEqual(numbers(b));
    const both = new Sequential(shared, shared);
    const once = apply(new Sequential(shared), x, { key: key(0) }).output;
    expect(numbers(apply(both, x, { key: key(0) }).output)).not.toEqual(numbers(mul(once, 2)));
  });

  test("they depend on the path, not on the layers around", () => {
    const drop = new Dropout(0.5);
    const x = ones([32]);
    class Named extends Module {
      readonly noise: Dropout;
      readonly other: Module | null;
      constructor(noise: Dropout, other: Module | null) {
        super();
        this.noise = noise;
        this.other = other;
      }
      override forward(at: Tensor, context: Context = evaluation): Tensor {
        return this.noise.forward(at, context);
      }
    }
    const alone = apply(new Named(drop, null), x, { key: key(5) }).output;
    const beside = apply(new Named(drop, new Dropout(0.1)), x, { key: key(5) }).output;
    expect(numbers(alone)).toEqual(numbers(beside));
  });

  test("they are the given one with a hash folded in, of the path and the number of the draw", () => {
    class Asking extends Module {
      override forward(_: null, context: Context = evaluation): string[] {
        return [String(context.keyOf(this)), String(context.keyOf(this))];
      }
    }
    class Outer extends Module {
      readonly inner = new Asking();
      override forward(x: null, context: Context = evaluation): string[] {
        return this.inner.forward(x, context);
      }
    }
    const expected = ["inner", "inner#1"].map((name) => String(foldIn(key(7), pathHash(name))));
    expect(apply(new Outer(), null, { key: key(7) }).output).toEqual(expected);
  });

  test("names whose hashes collide still draw apart", () => {
    expect(pathHash("costarring")).toBe(pathHash("liquid"));
    class Colliding extends Module {
      readonly costarring = new Draw("costarring");
      readonly liquid = new Draw("liquid");
      override forward(seen: Map<string, string>, context: Context = evaluation): Map<string, string> {
        return this.liquid.forward(this.costarring.forward(seen, context), context);
      }
    }
    expect(apply(new Colliding(), new Map<string, string>(), { key: key(0) }).output.size).toBe(2);
  });

  test("a part that is applied itself draws the same when it runs again", () => {
    class Checkpointed extends Module {
      readonly block = new Sequential(new Linear(4, 4, { key: key(1) }), new Dropout(0.5));
      override forward(x: Tensor, context: Context = evaluation): Tensor {
        const blockKey = context.keyOf(this.block);
        // As under a checkpoint: the block comes back under another identity, and runs twice.
        const run = (block: typeof this.block): Tensor => apply(block, x, { key: blockKey }).output;
        const copy = treeMap(this.block, ({ value }) => (value as Tensor).add(0)) as unknown as typeof this.block;
        expect(numbers(run(copy))).toEqual(numbers(run(this.block)));
        return run(this.block);
      }
    }
    apply(new Checkpointed(), ones([2, 4]), { key: key(0) });
  });
});

describe("training", () => {
  test("is what a key means; evaluation draws nothing and is what forward alone means", () => {
    const model = new Sequential(new Linear(3, 8, { key: key(0) }), new Dropout(0.5));
    const x = ones([4, 3]);
    const plain = numbers(model.forward(x));
    expect(numbers(apply(model, x).output)).toEqual(plain);
    expect(numbers(apply(model, x, { key: key(1), training: false }).output)).toEqual(plain);
    expect(numbers(apply(model, x, { key: key(1) }).output)).not.toEqual(plain);
  });

  test("apply is pure: the same key gives the same output, another another, the model stays", () => {
    const model = new Sequential(new Linear(3, 30, { key: key(0) }), new Dropout(0.5));
    const before = treeLeaves(model).map(({ value }) => value);
    const x = ones([4, 3]);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const run = (k: Key): number[] => numbers(apply(model, x, { key: k }).output);
        expect(run(key(seed))).toEqual(run(key(seed)));
        expect(run(key(seed))).not.toEqual(run(key(seed + 1)));
      }),
      { numRuns: 20 },
    );
    expect(treeLeaves(model).every(({ value }, i) => value === before[i])).toBe(true);
  });

  test("gradients go through what apply gives", () => {
    const model = new Sequential(new Linear(3, 4, { key: key(0) }), new Dropout(0.5));
    const { gradient } = valueAndGrad((m: typeof model) => apply(m, ones([5, 3]), { key: key(1) }).output.sum())(model);
    expect(gradient.layers[0].weight.shape).toEqual([4, 3]);
  });
});

describe("a context that was not handed on", () => {
  class Forgetful extends Module {
    readonly d: Module;
    constructor(d: Module) {
      super();
      this.d = d;
    }
    override forward(x: Tensor): Tensor {
      return this.d.forward(x as never) as Tensor;
    }
  }
  const model = new Forgetful(new Dropout(0.5));
  const x = ones([4]);

  test("is an error in training, which names the module that lost it", () => {
    const train = (m: Module): unknown => apply(m as Forgetful, x, { key: key(0) });
    expect(() => train(model)).toThrow(
      /^Dropout at d: it ran in evaluation inside a training apply; hand the context on, as in this.d.forward\(x, context\)/,
    );
    expect(() => train(model)).toThrow(ModuleError);
    expect(() => train(new Sequential(new Forgetful(new Sequential(model))))).toThrow(
      /^Dropout at layers.0.d.layers.0.d: .*as in this.d.forward/,
    );
    expect(() => train(new Forgetful(new Sequential(new Dropout(0.5))))).toThrow(
      /this.layers\[0\].forward\(x, context\)/,
    );
    expect(() => valueAndGrad((at: Tensor) => apply(model, at, { key: key(0) }).output.sum())(x)).toThrow(ModuleError);
  });

  test("is none in evaluation, after an error, and where nothing is dropped", () => {
    expect(model.forward(x)).toBe(x);
    expect(apply(model, x).output).toBe(x);
    expect(() => apply(model, x, { key: key(0) })).toThrow(ModuleError);
    expect(model.forward(x)).toBe(x);
    expect(apply(new Forgetful(new Dropout(1)), x, { key: key(0) }).output).toBe(x);
  });

  test("is none in a part that is applied in evaluation on purpose", () => {
    class Student extends Module {
      readonly teacher = model;
      override forward(at: Tensor, context: Context = evaluation): Tensor {
        void context.keyOf(this);
        return apply(this.teacher, at).output;
      }
    }
    expect(apply(new Student(), x, { key: key(0) }).output).toBe(x);
  });
});

class Counter extends Module {
  static override readonly buffers: readonly string[] = ["count"];
  readonly count: Tensor = zeros([]);
  override forward(x: Tensor, context: Context = evaluation): Tensor {
    if (context.training) context.update(this, { count: add(this.count, 1) as Tensor });
    return x;
  }
}

describe("updates", () => {
  test("come by path", () => {
    const model = new Sequential(new Counter(), new Sequential(new Counter()));
    const { updates } = apply(model, ones([1]), { key: key(0) });
    expect(Object.keys(updates)).toEqual(["layers.0.count", "layers.1.layers.0.count"]);
    expect(apply(model, ones([1])).updates).toEqual({});
    expect(Object.keys(apply(new Counter(), ones([1]), { training: true }).updates)).toEqual(["count"]);
  });

  test("a part that was applied itself hands its updates on", () => {
    class Outer extends Module {
      readonly block = new Sequential(new Counter());
      override forward(x: Tensor, context: Context = evaluation): Tensor {
        const { output, updates } = apply(this.block, x, { key: context.keyOf(this.block) });
        context.update(this.block, updates);
        return output as Tensor;
      }
    }
    expect(Object.keys(apply(new Outer(), ones([1]), { key: key(0) }).updates)).toEqual(["block.layers.0.count"]);
  });
});

describe("errors", () => {
  const stranger = new Dropout(0.5);
  class Strange extends Module {
    override forward(x: Tensor, context: Context = evaluation): Tensor {
      return stranger.forward(x, context);
    }
  }
  test.each([
    [
      "no key",
      () => apply(new Sequential(stranger), ones([2]), { training: true }),
      /Dropout at layers.0: there is no key/,
    ],
    [
      "a module made during forward",
      () => apply(new Strange(), ones([2]), { key: key(0) }),
      /Dropout: this instance is/,
    ],
    ["a key in evaluation", () => evaluation.keyOf(stranger), /Dropout: there is no key in evaluation/],
    ["an update in evaluation", () => evaluation.update(stranger, {}), /Dropout: buffers stay in evaluation/],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ModuleError);
  });

  const plain = new Sequential(new Linear(2, 2, { key: key(0) }), new Dropout(0.5));
  const call = (context: unknown) => (m: Module) => m.forward(ones([1, 2]) as never, context as Context);
  const options = (given: unknown) => () => apply(plain, ones([1, 2]), given as object);
  test.each([
    [
      "options for forward",
      () => call({ key: key(0) })(plain),
      /^Sequential: the second argument of forward is no con/,
    ],
    [
      "a key for forward",
      () => call(key(0))(new Dropout(0.5)),
      /^Dropout: .* to train, call apply\(model, x, { key }\)/,
    ],
    ["null for forward", () => call(null)(plain.layers[0]), /^Linear: the second argument of forward is no context/],
    ["a key for options", options(key(0)), /^apply: the options are a key; give one, as in apply\(model, x, { key: /],
    [
      "an option of forward",
      options({ lengths: ones([1]) }),
      /no option "lengths"; use key, training; hand on what else forward/,
    ],
    ["an option that there is not", options({ keey: key(0) }), /^apply: there is no option "keey"; use key, training/],
    ["a number for a key", options({ key: 5 }), /^apply: 5 is no key; give one, as in/],
    ["a word for training", options({ training: "yes" }), /^apply: training is "yes"; give true or false/],
    ["a function for a model", () => apply((() => 1) as never, 1 as never), /^apply: the model is no module/],
  ])("%s", (_, run, message) => {
    expect(run).toThrow(message);
    expect(run).toThrow(ArgumentError);
  });

  test("shape errors name the layer", () => {
    const model = new Sequential(new Linear(3, 4, { key: key(0) }), new Linear(4, 1, { key: key(1) }));
    expect(() => apply(model, ones([2, 5]) as Tensor)).toThrow(
      /^Linear at layers.0: x is \[2, 5\], the weight is \[4, 3\]; give \[..., 3\]/,
    );
  });
});
