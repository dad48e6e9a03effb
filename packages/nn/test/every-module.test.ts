import { readdirSync } from "node:fs";
import {
  type AnyTensor,
  customGradient,
  div,
  type FloatDType,
  key,
  mul,
  square,
  stopGradient,
  tensor,
} from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import * as nn from "../src/index.ts";
import { floats, type ModuleCase } from "./module-case.ts";
import { proofsOf } from "./module-proofs.ts";

const folder = new URL("module-cases/", import.meta.url);
const lists = readdirSync(folder).map(
  (file) => import(/* @vite-ignore */ new URL(file, folder).href) as Promise<{ cases: readonly ModuleCase[] }>,
);
const cases = (await Promise.all(lists)).flatMap((list) => list.cases);

for (const one of cases) {
  describe(one.name, () => {
    test.each(Object.entries(proofsOf(one)))("%s", (_, prove) => prove());
  });
}

test("every module that is exported has a case", () => {
  const proven = new Set<unknown>(cases.map(({ make, of }) => of ?? make(key(0), "float32").constructor));
  const classes = Object.entries(nn).filter(
    ([, value]) => typeof value === "function" && value.prototype instanceof nn.Module,
  );
  expect(classes.filter(([, value]) => !proven.has(value)).map(([name]) => name)).toEqual([]);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe("a module with a fault is found out", () => {
  abstract class Faulty extends nn.Module {
    readonly weight: AnyTensor;
    constructor(dtype: FloatDType) {
      super();
      this.weight = tensor([0.5, 2], { dtype });
    }
  }
  class Overflowing extends Faulty {
    override forward(x: AnyTensor): AnyTensor {
      return div(mul(x, this.weight), 0);
    }
  }
  class Reading extends Faulty {
    override forward(x: AnyTensor): AnyTensor {
      return mul(x, x.data()[0]! * 2);
    }
  }
  let calls = 0;
  class Counting extends Faulty {
    override forward(x: AnyTensor): AnyTensor {
      calls++;
      return mul(mul(x, this.weight), calls ** 2);
    }
  }
  const originals = new WeakSet<object>();
  class Registered extends Faulty {
    constructor(dtype: FloatDType) {
      super(dtype);
      originals.add(this);
    }
    override forward(x: AnyTensor): AnyTensor {
      return mul(mul(x, this.weight), originals.has(this) ? 1 : 2);
    }
  }
  const timesThree = customGradient((x: AnyTensor) => ({ value: mul(x, 3), pullBack: (g: AnyTensor) => mul(g, 2) }));
  class Misled extends Faulty {
    override forward(x: AnyTensor): AnyTensor {
      return timesThree(mul(x, this.weight));
    }
  }
  const squared = customGradient((x: AnyTensor) => ({
    value: square(x),
    pullBack: (g: AnyTensor) => mul(g, mul(stopGradient(x), 2)),
  }));
  class MisledTwice extends Faulty {
    override forward(x: AnyTensor): AnyTensor {
      return squared(mul(x, this.weight));
    }
  }
  const isFinite = "outputs are finite, and of the dtype of the module";
  const compiles = "compiled it gives the same values and gradients";
  const trains = "training steps with donation go where eager ones go";
  const maps = "mapped over models and inputs it gives what a loop gives";
  const differentiates = "gradients are right";
  const copies = "copies by trees and by immer behave the same";
  const faults: [new (dtype: FloatDType) => Faulty & nn.Layer, string][] = [
    [Overflowing, isFinite],
    [Reading, compiles],
    [Reading, maps],
    [Counting, compiles],
    [Counting, trains],
    [Counting, maps],
    [Registered, copies],
    [Misled, differentiates],
    [MisledTwice, differentiates],
  ];
  test.each(faults.map(([Class, proof]) => ({ name: Class.name, Class, proof })))(
    "$name: $proof",
    ({ Class, proof }) => {
      const proofs = proofsOf({ name: Class.name, make: (_, dtype) => new Class(dtype), input: floats([3, 2]) });
      expect(proofs[proof]).toThrow();
    },
  );

  test("and one without passes", () => {
    class Faultless extends Faulty {
      override forward(x: AnyTensor): AnyTensor {
        return mul(x, this.weight);
      }
    }
    for (const prove of Object.values(
      proofsOf({ name: "Faultless", make: (_, dtype) => new Faultless(dtype), input: floats([3, 2]) }),
    )) {
      prove();
    }
  });
});
