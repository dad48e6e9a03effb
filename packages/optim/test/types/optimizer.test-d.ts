import { type Key, ones, type Tensor, tensor, valueAndGrad } from "@tapegrad/core";
import { Linear, type Module, Relu, Sequential } from "@tapegrad/nn";
import {
  adam,
  averaged,
  chain,
  clipByGlobalNorm,
  clipGradients,
  cosine,
  edit,
  ema,
  freeze,
  history,
  lbfgs,
  minimize,
  muon,
  type Optimizer,
  type OptimizerState,
  project,
  recall,
  remember,
  sgd,
  undo,
} from "@tapegrad/optim";

// Checked by the compiler, never run.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function assertType<T extends true>(): T;
declare const k: Key;

let model = new Sequential(new Linear(2, 3, { key: k }), new Relu(), new Linear(3, 1, { key: k }));
const optimizer = adam({
  learningRate: cosine(0.1, { total: 10 }),
  groups: [{ match: "layers.*.bias", weightDecay: 0 }],
});
let state = optimizer.init(model);
const { gradient } = valueAndGrad((m: typeof model) => m.forward(ones([5, 2])).sum())(model);

// The usual loop needs no cast.
({ model, state } = optimizer.update(model, gradient, state));
({ model, state } = optimizer.update(model, clipGradients(gradient, 1).gradients, freeze(state, "layers.0")));
assertType<Same<(typeof model)["layers"][0]["weight"], Tensor<readonly [3, 2], "float32">>>();

// Any optimizer passes for one, and any state.
const general: Optimizer = optimizer;
const states: OptimizerState[] = [state, sgd({ learningRate: 1 }).init(model)];
void general;
void states;

// @ts-expect-error - gradients of another model
optimizer.update(model, { w: ones([2]) }, state);
// @ts-expect-error - the state of another optimizer
optimizer.update(model, gradient, sgd({ learningRate: 1 }).init(model));
// @ts-expect-error - a learning rate is needed
sgd({});
// @ts-expect-error - no such hyper-parameter
adam({ learningRate: 1, momentum: 0.9 });
// @ts-expect-error - no such hyper-parameter in a group
adam({ learningRate: 1, groups: [{ match: "a", momentum: 0.9 }] });

edit(state, (draft) => {
  draft.hyper.learningRate = 0.1;
  draft.hyper.learningRate = "scheduled";
  // @ts-expect-error - neither a number nor "scheduled"
  draft.hyper.learningRate = "slow";
  // @ts-expect-error - adam has no such hyper-parameter
  draft.hyper.momentum = 0.9;
});
edit(model, (draft) => {
  draft.layers[0].weight = ones([3, 2]);
  // @ts-expect-error - another shape
  draft.layers[0].weight = ones([2, 3]);
  // @ts-expect-error - tensors are values
  draft.layers[0].weight.shape = [3, 2];
});
// A chain is the optimizer that it ends with; averages and minima are models of the same type.
const chained = chain(
  clipByGlobalNorm(1),
  project("layers.0", (x) => x),
  ema(0.9),
  adam({ learningRate: 1 }),
);
assertType<Same<typeof chained, typeof optimizer>>();
const { model: trained, state: ofChain } = chained.update(model, gradient, chained.init(model));
assertType<Same<typeof trained, typeof model>>();
const average = averaged(trained, ofChain);
assertType<Same<typeof average, typeof model>>();
const found = minimize((m: typeof model) => m.forward(ones([5, 2])).sum(), model);
assertType<Same<typeof found.model, typeof model>>();
// @ts-expect-error - the optimizer comes last
chain(adam({ learningRate: 1 }), ema(0.9));
// @ts-expect-error - no such option
lbfgs({ memory: 3 });
muon({ learningRate: 1, groups: [{ match: (path, x) => x.rank === 1 && path !== "", orthogonalize: false }] });
// @ts-expect-error - a function of path and tensor says whether
muon({ learningRate: 1, groups: [{ match: (path) => path, orthogonalize: false }] });
edit(ofChain, (draft) => {
  draft.chain[0]!.maxNorm = 2;
  // @ts-expect-error - gradients wait in whole numbers
  draft.pending = "one";
});

const past = history({ model, state: ofChain, cursor: 0 }, { keep: (step, { cursor }) => step + cursor > 1 });
const recalled = recall(undo(remember(past, { model, state: ofChain, cursor: 1 }, "one")));
assertType<Same<typeof recalled.model, typeof model>>();
assertType<Same<typeof past.outline.cursor, number>>();
// @ts-expect-error - an envelope like the first one
remember(past, { model, cursor: 1 });
// @ts-expect-error - a number of steps, or a function
history({ model }, { keep: "all" });

declare const loose: { readonly head: Linear; readonly parts: readonly Module[]; readonly w: Tensor };
edit(loose, (draft) => {
  draft.head = new Linear(20, 5, { key: k });
  draft.parts.push(new Relu());
  draft.w = tensor([1]);
});
