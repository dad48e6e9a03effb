import {
  AbstractValueError,
  ArgumentError,
  compile,
  DonatedError,
  foldIn,
  type Key,
  key,
  mul,
  normal,
  ones,
  type Tensor,
  take,
  tensor,
  treeLeaves,
  valueAndGrad,
} from "@tapegrad/core";
import { apply, Dropout, Linear, meanSquaredError, Relu, Sequential } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  adam,
  compare,
  edit,
  fork,
  type History,
  history,
  recall,
  redo,
  remember,
  rewind,
  trainingStep,
  undo,
} from "../src/index.ts";

// ── Against a plain list of states ──

interface Envelope {
  readonly model: { readonly w: Tensor; readonly tied: readonly Tensor[] };
  readonly hyper: { readonly rate: number; readonly names: readonly string[] };
  readonly key: Key;
}
type Numbers = readonly [w: number, rate: number, names: readonly string[], seed: number];

function envelopeOf([w, rate, names, seed]: Numbers): Envelope {
  const tensorOf = tensor([w, 1]);
  return { model: { w: tensorOf, tied: [tensorOf] }, hyper: { rate, names }, key: key(seed) };
}
const plain = ({ model, hyper, key }: Envelope): unknown => ({
  w: model.w.toArray(),
  isTied: model.w === model.tied[0],
  hyper,
  key: String(key),
});
const plainOf = (numbers: Numbers): unknown => plain(envelopeOf(numbers));

const numbers: fc.Arbitrary<Numbers> = fc.tuple(
  fc.integer({ min: 0, max: 2 }),
  fc.constantFrom(0.1, 0.2),
  fc.array(fc.constantFrom("a", "b"), { maxLength: 2 }),
  fc.nat(2),
);
type Command =
  | { readonly do: "remember"; readonly numbers: Numbers }
  | { readonly do: "undo" }
  | { readonly do: "redo" }
  | { readonly do: "rewind"; readonly to: number }
  | { readonly do: "fork"; readonly to: number };
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: numbers.map((numbers) => ({ do: "remember" as const, numbers })) },
  fc.constantFrom({ do: "undo" as const }, { do: "redo" as const }),
  fc.record({ do: fc.constantFrom("rewind" as const, "fork" as const), to: fc.nat(6) }),
);

test("any sequence of operations agrees with a plain list of states", () => {
  fc.assert(
    fc.property(numbers, fc.array(command, { maxLength: 12 }), (first, commands) => {
      let past = history(envelopeOf(first));
      let list = [first];
      let at = 0;
      for (const one of commands) {
        if (one.do === "remember") {
          past = remember(past, envelopeOf(one.numbers));
          list = [...list.slice(0, at + 1), one.numbers];
          at++;
        } else {
          const by = { undo: at - 1, redo: at + 1 };
          const to = one.do === "rewind" || one.do === "fork" ? one.to : by[one.do];
          const move = { undo, redo, rewind, fork }[one.do] as typeof rewind;
          if (list[to] === undefined) {
            const message = one.do in by ? "there is nothing to" : `there is no step ${to}; steps 0 to`;
            expect(() => move(past, to)).toThrow(`${one.do}: ${message}`);
            continue;
          }
          past = move(past, to);
          at = to;
          if (one.do === "fork") list = list.slice(0, at + 1);
        }
        expect(past.step).toBe(at);
        expect(past.moments.length).toBe(list.length);
        expect(past.outline.hyper).toEqual({ rate: list[at]![1], names: list[at]![2] });
      }
      list.forEach((state, step) => void expect(plain(recall(rewind(past, step)))).toEqual(plainOf(state)));
    }),
    { numRuns: 60 },
  );
});

const recorded = fc.array(numbers, { minLength: 2, maxLength: 6 }).map((list) => {
  const [first, ...others] = list as [Numbers, ...Numbers[]];
  return others.reduce((past, next) => remember(past, envelopeOf(next)), history(envelopeOf(first)));
});

test("undo takes back what was remembered, and redo brings it again", () => {
  fc.assert(
    fc.property(recorded, numbers, (past, next) => {
      const more = remember(past, envelopeOf(next));
      expect(undo(more).outline).toEqual(past.outline);
      expect(fork(more, past.step)).toEqual(past);
      expect(redo(undo(more))).toEqual(more);
    }),
    { numRuns: 30 },
  );
});

test("a comparison of a step with itself is empty, and one the other way is the opposite", () => {
  fc.assert(
    fc.property(recorded, fc.nat(), fc.nat(), (past, m, n) => {
      const [a, b] = [m % past.moments.length, n % past.moments.length];
      expect(compare(past, a, a)).toEqual({ values: [], tensors: [] });
      const { values, tensors } = compare(past, a, b);
      expect(compare(past, b, a)).toEqual({
        values: values.map(({ path, from, to }) => ({ path, from: to, to: from })),
        tensors,
      });
    }),
    { numRuns: 30 },
  );
});

test("a fork leaves the history alone", () => {
  const past = remember(history({ rate: 1 }), { rate: 2 });
  const copy = structuredClone(past.moments);
  const other = remember(fork(past, 0), { rate: 3 });
  expect([recall(past).rate, recall(other).rate, other.moments.length]).toEqual([2, 3, 2]);
  expect(past.moments).toEqual(copy);
  expect(other.moments[0]).toBe(past.moments[0]);
});

// ── A training ──

const x = normal(key(1), [12, 3]);
const y = normal(key(2), [12, 1]);
const optimizer = adam({ learningRate: 0.05 });
const rowsAt = (cursor: number) =>
  tensor(
    [0, 1, 2, 3].map((i) => (cursor + i) % 12),
    { dtype: "int32" },
  );
type Rows = ReturnType<typeof rowsAt>;
const cost = (model: Model, dropout: Key, rows: Rows) =>
  meanSquaredError(apply(model, take(x, rows), { key: dropout }).output, take(y, rows));
const first = () => {
  const model = new Sequential(
    new Linear(3, 5, { key: key(3) }),
    new Relu(),
    new Dropout(0.5),
    new Linear(5, 1, { key: key(4) }),
  );
  return { model, state: optimizer.init(model), key: key(5), cursor: 0 };
};
type Training = ReturnType<typeof first>;
type Model = Training["model"];
const bits = (tree: unknown): unknown =>
  treeLeaves(tree).map(({ path, value }) => [path, "bits" in value ? String(value) : Array.from(value.data(), String)]);

function eagerStep({ model, state, key, cursor }: Training): Training {
  const { gradient } = valueAndGrad((m: Model) => cost(m, key, rowsAt(cursor)))(model);
  return { ...optimizer.update(model, gradient, state), key: foldIn(key, 1), cursor: (cursor + 4) % 12 };
}
const compiled = trainingStep(cost, optimizer);
function compiledStep({ model, state, key, cursor }: Training): Training {
  const next = compiled(model, state, key, rowsAt(cursor));
  return { model: next.model, state: next.state, key: foldIn(key, 1), cursor: (cursor + 4) % 12 };
}

describe.each([
  ["eager", eagerStep],
  ["compiled, with donation", compiledStep],
])("a training, %s", (_, step) => {
  const run = (from: Training, past: History<Training>, steps: number): [Training, History<Training>] => {
    let at = from;
    let remembered = past;
    for (let i = 0; i < steps; i++) {
      at = step(at);
      remembered = remember(remembered, at);
    }
    return [at, remembered];
  };

  test("goes on from a step that kept its tensors as it went on the first time, to the last bit", () => {
    const start = first();
    const [last, past] = run(start, history(start, { keep: 4 }), 10);
    const kept = past.moments.filter((moment) => moment.kept !== null).map((moment) => moment.step);
    expect(kept).toEqual([0, 4, 8]);
    for (const from of kept) {
      const [again, other] = run(recall(rewind(past, from)), fork(past, from), 10 - from);
      expect(bits(again)).toEqual(bits(last));
      expect(again.cursor).toBe(last.cursor);
      expect(other.outline).toEqual(past.outline);
    }
    // What was recalled was handed over, and yet is still there.
    expect(bits(recall(rewind(past, 4)))).toEqual(bits(recall(rewind(past, 4))));
    expect(bits(recall(rewind(past, 4)))).not.toEqual(bits(last));
  });

  test("shows a hyper-parameter that was edited, and what followed", () => {
    const start = first();
    const [at, before] = run(start, history(start), 1);
    const slower = { ...at, state: edit(at.state, (draft) => void Object.assign(draft.hyper, { learningRate: 0.01 })) };
    const edited = remember(before, slower, "slower");
    expect(compare(edited, 1, 2)).toEqual({
      values: [{ path: "state.hyper.learningRate", from: 0.05, to: 0.01 }],
      tensors: [],
    });
    const [, past] = run(slower, edited, 1);
    const { values, tensors } = compare(past, 2, 3);
    expect(values.map(({ path }) => path)).toEqual(["state.step", "key", "cursor"]);
    expect(tensors!.map(({ path }) => path)).toContain("model.layers.0.weight");
    expect(past.moments[2]!.label).toBe("slower");
  });
});

test("by how much tensors differ: the largest element, and the norm relative to the larger one", () => {
  const past = remember(history<Record<string, Tensor>>({ a: tensor([3, 4]), b: ones([2]), c: ones([2]) }), {
    a: tensor([0, 0]),
    b: ones([2]),
    c: ones([3]),
  });
  const { values, tensors } = compare(past, 0, 1);
  expect(tensors).toEqual([{ path: "a", largest: 4, relative: 1 }]);
  expect(values.map(({ path, to }) => [path, (to as Tensor).shape])).toEqual([["c", [3]]]);
  const broken = remember(past, { a: tensor([0, Number.NaN]), b: ones([2]), c: ones([3]) });
  expect(compare(broken, 1, 2).tensors).toEqual([{ path: "a", largest: Number.NaN, relative: Number.NaN }]);
  expect(compare(broken, 2, 2).tensors).toEqual([]);
});

// ── What it costs ──

test("a tensor that stays is copied once, and what is plain and stays is shared", () => {
  const frozen = ones([4]);
  const groups = [{ match: "w" }];
  const past = remember(history({ frozen, w: ones([1]), groups }), { frozen, w: ones([1]), groups: [{ match: "w" }] });
  const [a, b] = past.moments.map(({ kept }) => kept!) as unknown as [Kept, Kept];
  type Kept = { readonly frozen: Tensor; readonly w: Tensor; readonly groups: unknown };
  expect(a.frozen).toBe(b.frozen);
  expect(a.frozen).not.toBe(frozen);
  expect(a.w).not.toBe(b.w);
  expect(a.groups).toBe(b.groups);
  expect(past.moments[1]!.patches).toEqual([]);
});

test("where no tensor is new, tensors are kept whatever keep says", () => {
  const start = { w: ones([1]), rate: 1 };
  const past = remember(history(start, { keep: 100 }), { ...start, rate: 2 });
  const again = remember(past, { ...recall(past), rate: 3 });
  const newer = remember(again, { w: ones([1]), rate: 3 });
  expect(newer.moments.map(({ kept }) => kept !== null)).toEqual([true, true, true, false]);
  expect(again.moments[2]!.kept!.w).toBe(past.moments[0]!.kept!.w);
});

test("memory is bounded: of steps, and of tensors", () => {
  let past = history({ w: ones([1]), i: 0 }, { snapshots: 2, limit: 4 });
  for (let i = 1; i <= 9; i++) past = remember(past, { w: ones([1]), i });
  expect(past.moments.map(({ step, kept }) => [step, kept !== null])).toEqual([
    [6, false],
    [7, false],
    [8, true],
    [9, true],
  ]);
  expect(compare(past, 6, 9)).toEqual({ values: [{ path: "i", from: 6, to: 9 }], tensors: null });
  expect(() => undo(undo(past))).toThrow(
    /^undo: the tensors of step 7 were not kept; the nearest with tensors: 8\. Rewind there/,
  );
  expect(() => rewind(past, 2)).toThrow("rewind: there is no step 2; steps 6 to 9 are remembered");
});

test("a function chooses what keeps its tensors", () => {
  let past = history({ w: ones([1]), cost: 3 }, { keep: (step, { cost }) => step > 1 && cost < 2 });
  for (const cost of [1, 1, 5]) past = remember(past, { w: ones([1]), cost });
  expect(past.moments.map(({ kept }) => kept !== null)).toEqual([true, false, true, false]);
  expect(() => rewind(past, 1)).toThrow(
    /^rewind: the tensors of step 1 were not kept; the nearest with tensors: 0 and 2\./,
  );
  expect(() => recall(past)).toThrow(/^recall: the tensors of step 3 were not kept; the nearest with tensors: 2\./);
});

// ── What it refuses ──

test("tensors that were handed over, or have no values", () => {
  const gone = { w: ones([1]) };
  compile((m: typeof gone) => ({ w: mul(m.w, 2) }), { donate: [0] })(gone);
  expect(() => history(gone)).toThrow(DonatedError);
  expect(() => remember(history({ w: ones([1]) }), gone)).toThrow(DonatedError);
  const traced = compile((w: Tensor) => recall(history({ w })).w);
  expect(() => traced(ones([1]))).toThrow(/^history: w has no values; call it outside of functions that are traced/);
  expect(() => traced(ones([1]))).toThrow(AbstractValueError);
});

test.each<[string, () => unknown, RegExp]>([
  ["keep", () => history({}, { keep: 0 }), /^history: keep is 0; give a whole number above 0, or a function/],
  [
    "snapshots",
    () => history({}, { snapshots: Number.NaN }),
    /^history: snapshots is NaN; give a whole number above 0, or Infinity/,
  ],
  ["limit", () => history({}, { limit: 1.5 }), /^history: limit is 1.5; give/],
  [
    "options",
    () => history({}, { every: 3 } as never),
    /^history: there is no option "every"; use keep, snapshots, limit/,
  ],
  ["no history", () => remember({ model: 1 } as never, 2), /^remember: the first argument is no history; begin one by/],
  ["nothing", () => undo(undefined as never), /^undo: the first argument is no history/],
  ["a label", () => remember(history({}), {}, 7 as never), /^remember: the label is 7; give a text, or none/],
  ["a step", () => rewind(history({}), 0.5), /^rewind: there is no step 0.5; steps 0 to 0 are remembered/],
  ["a step that is NaN", () => compare(history({}), 0, Number.NaN), /^compare: there is no step NaN/],
])("%s", (_, run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(ArgumentError);
});

test("an envelope may be any tree", () => {
  const past = remember(remember(history<unknown>(tensor([1])), 5), [null, { a: undefined }]);
  expect(recall(past)).toEqual([null, { a: undefined }]);
  expect(recall(undo(past))).toBe(5);
  expect((recall(rewind(past, 0)) as Tensor).toArray()).toEqual([1]);
});
