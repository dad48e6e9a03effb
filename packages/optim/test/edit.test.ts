import { isTensor, key, ones, type Tensor, treeLeaves, valueAndGrad } from "@tapegrad/core";
import { apply, checkModule, Dropout, Linear, Relu, Sequential } from "@tapegrad/nn";
import { castDraft, produce } from "immer";
import { describe, expect, test } from "vitest";
import { adam, edit } from "../src/index.ts";

const model = new Sequential(
  new Linear(2, 4, { key: key(0) }),
  new Relu(),
  new Dropout(0.5),
  new Linear(4, 1, { key: key(1) }),
);
const x = ones([3, 2]);

describe.each([
  ["edit", (head: Linear) => edit(model as Sequential, (draft) => void draft.layers.splice(3, 1, head))],
  [
    "immer's produce",
    (head: Linear) => produce(model as Sequential, (draft) => void draft.layers.splice(3, 1, castDraft(head))),
  ],
])("a module after %s", (_, replaceHead) => {
  const wider = replaceHead(new Linear(4, 5, { key: key(2) }));

  test("works: forward, training, trees, checks", () => {
    expect(wider).toBeInstanceOf(Sequential);
    expect((wider.forward(x) as Tensor).shape).toEqual([3, 5]);
    expect((apply(wider, x, { key: key(3) }).output as Tensor).shape).toEqual([3, 5]);
    expect(() => checkModule(wider)).not.toThrow();
    expect(treeLeaves(wider).map(({ path }) => path)).toEqual(treeLeaves(model).map(({ path }) => path));
  });

  test("shares what was not touched, and leaves the old one alone", () => {
    [0, 1, 2].forEach((i) => void expect(wider.layers[i]).toBe(model.layers[i]));
    expect(model.forward(x).shape).toEqual([3, 1]);
  });
});

test("tensors are values to immer: read in a draft they are themselves", () => {
  const next = edit(model, (draft) => {
    expect(isTensor(draft.layers[0].weight)).toBe(true);
    expect(draft.layers[0].weight).toBe(model.layers[0].weight);
    draft.layers[0].weight = draft.layers[0].weight.mul(2);
  });
  expect(next.layers[0].weight.toArray()).toEqual(model.layers[0].weight.mul(2).toArray());
  expect(next.layers[3]).toBe(model.layers[3]);
});

test("an edit that changes nothing is the same tree", () => {
  expect(edit(model, () => {})).toBe(model);
  const state = adam({ learningRate: 0.1 }).init(model);
  const touched = edit(state, (draft) => {
    draft.step += 0;
  });
  expect(touched).toBe(state);
});

test("results are frozen, as immer leaves them, and still train", () => {
  const optimizer = adam({ learningRate: 0.1 });
  const same = edit(model, (draft) => {
    draft.layers[2].keep = 0.9;
  });
  expect(Object.isFrozen(same)).toBe(true);
  const { gradient } = valueAndGrad((m: typeof model) => m.forward(x).sum())(same);
  const { model: next } = optimizer.update(same, gradient, optimizer.init(same));
  expect(next.layers[2].keep).toBe(0.9);
  expect(next.forward(x).shape).toEqual([3, 1]);
});
