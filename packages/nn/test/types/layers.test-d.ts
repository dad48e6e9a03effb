import {
  type AnyTensor,
  type Key,
  key,
  ones,
  relu,
  type Shape,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
} from "@tapegrad/core";
import {
  apply,
  BatchNorm,
  type Context,
  Conv2d,
  Dropout,
  Embedding,
  evaluation,
  Flatten,
  GlobalAvgPool,
  type Layer,
  Linear,
  Module,
  Relu,
  Residual,
  Sequential,
  Sigmoid,
  Softmax,
  Tanh,
} from "@tapegrad/nn";

// Checked by the compiler, never run.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function assertType<T extends true>(): T;
declare const k: Key;
declare const x3: Tensor<readonly [5, 3], "float32">;
declare const anyRank: Tensor<Shape, "float32">;
declare const someFeatures: Tensor<readonly [number, number], "float32">;
declare const vector: Tensor<readonly [3], "float32">;
declare const batches: Tensor<readonly [7, 5, 3], "float32">;

const linear = new Linear(3, 20, { key: k });
const y = linear.forward(x3);
assertType<Same<typeof y, Tensor<readonly [5, 20], "float32">>>();
assertType<Same<typeof linear.weight, Tensor<readonly [20, 3], "float32">>>();
const rows = linear.forward(batches);
assertType<Same<typeof rows, Tensor<readonly [7, 5, 20], "float32">>>();
const row = linear.forward(vector);
assertType<Same<typeof row, Tensor<readonly [20], "float32">>>();
// Unknown sizes pass.
const fromAny = linear.forward(anyRank);
assertType<Same<typeof fromAny, Tensor<Shape, "float32">>>();
const fromSome = linear.forward(someFeatures);
assertType<Same<typeof fromSome, Tensor<readonly [number, 20], "float32">>>();
// @ts-expect-error - "Linear: the layer takes 3 features, [5, 4] has 4"
linear.forward(ones([5, 4]));
// @ts-expect-error - a key is needed
new Linear(3, 20, {});
// @ts-expect-error - an input is a tensor
linear.forward([[1, 2, 3]]);

const double = new Linear(3, 20, { key: k, dtype: "float64" });
assertType<Same<typeof double.weight, Tensor<readonly [20, 3], "float64">>>();

declare const width: number;
const dynamic = new Linear(width, 20, { key: k });
const fromDynamic = dynamic.forward(x3);
assertType<Same<typeof fromDynamic, Tensor<readonly [5, 20], "float32">>>();

// Known layers pass where any linear layer, or any module, is wanted.
const general: Linear = linear;
const modules: Module[] = [linear, new Relu(), new Dropout(0.5), new Sequential(linear)];
const generalOut = general.forward(x3);
assertType<Same<typeof generalOut, Tensor<readonly [5, number], "float32" | "float64">>>();

// In a generic function the batch stays what it is.
function forwardBatch<B extends number>(x: Tensor<readonly [B, 3], "float32">): Tensor<readonly [B, 20], "float32"> {
  return linear.forward(x);
}
const seven = forwardBatch(ones([7, 3]));
assertType<Same<typeof seven, Tensor<readonly [7, 20], "float32">>>();

const model = new Sequential(linear, new Relu(), new Dropout(0.8), new Linear(20, 1, { key: k }), new Sigmoid());
const p = model.forward(x3);
assertType<Same<typeof p, Tensor<readonly [5, 1], "float32">>>();
assertType<Same<(typeof model)["layers"][3]["weight"], Tensor<readonly [1, 20], "float32">>>();
// @ts-expect-error - "Sequential: the layer takes 3 features, [5, 4] has 4"
model.forward(ones([5, 4]));
// @ts-expect-error - "Sequential: layer 0 gives 20 features, layer 2 takes 30"
new Sequential(new Linear(3, 20, { key: k }), new Relu(), new Linear(30, 1, { key: k }));
// @ts-expect-error - nested: "layer 0 gives 20 features, layer 1 takes 30"
new Sequential(new Sequential(new Linear(3, 20, { key: k }), new Tanh()), new Linear(30, 1, { key: k }));
// @ts-expect-error - a layer is a module
new Sequential(linear, relu);
// @ts-expect-error - the first sizes count: [3, 20], then [4, ...] inside
new Sequential(linear, new Sequential(new Relu(), new Linear(4, 1, { key: k })));

// Where a size is not known, the check waits for run time.
const gentle = new Sequential(new Linear(3, width, { key: k }), new Linear(30, 1, { key: k }));
void gentle;
const open: Sequential = model;
const fromOpen = open.forward(x3);
assertType<Same<typeof fromOpen, AnyTensor>>();
const listed = new Sequential(...modules);
const fromList = listed.forward(x3);
assertType<Same<typeof fromList, AnyTensor>>();

const images = new Sequential(new Flatten(), new Linear(784, 10, { key: k }), new Softmax());
const classes = images.forward(ones([32, 28, 28]));
assertType<Same<typeof classes, Tensor<readonly [32, 10], "float32">>>();
const joined = new Flatten(0).forward(ones([32, 28, 28]));
assertType<Same<typeof joined, Tensor<readonly [number], "float32">>>();
const convolved = new Sequential(
  new Conv2d(1, 8, 3, { key: k }),
  new Relu(),
  new Flatten(),
  new Linear(5408, 10, { key: k }),
);
const digits = convolved.forward(ones([32, 1, 28, 28]));
assertType<Same<typeof digits, Tensor<readonly [32, 10], "float32">>>();

class Net extends Module {
  readonly hidden = new Linear(3, 20, { key: key(0) });
  readonly dropout = new Dropout(0.5);
  override forward(
    x: Tensor<readonly [number, 3], "float32">,
    context: Context = evaluation,
  ): Tensor<readonly [number, 20], "float32"> {
    return this.dropout.forward(this.hidden.forward(x), context);
  }
}
const net = new Net();
const inside = new Sequential(net, new Relu());
void inside;

// apply knows what forward gives.
const applied = apply(model, x3, { key: k });
assertType<Same<typeof applied.output, Tensor<readonly [5, 1], "float32">>>();
const appliedNet = apply(net, x3);
assertType<Same<typeof appliedNet.output, Tensor<readonly [number, 20], "float32">>>();
// @ts-expect-error - "apply: the layer takes 3 features, [5, 4] has 4"
apply(model, ones([5, 4]), { key: k });
// @ts-expect-error - Net takes [number, 3]
apply(net, ones([5, 4]));

// Gradients are in the structure of the model.
const { gradient } = valueAndGrad((m: typeof model) => {
  const out: Tensor<readonly []> = tensor(0);
  void m;
  return out;
})(model);
assertType<Same<(typeof gradient)["layers"][0]["weight"], Tensor<readonly [20, 3], "float32">>>();

// Containers hold layers, and need no casts.
class Stack extends Module {
  readonly layers: readonly Layer[];
  constructor(layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }
  override forward(x: Tensor, context: Context = evaluation): Tensor {
    let value = x;
    for (const layer of this.layers) value = layer.forward(value, context);
    return value;
  }
}
class Around<L extends Layer> extends Module {
  readonly inner: L;
  constructor(inner: L) {
    super();
    this.inner = inner;
  }
  override forward(x: Tensor, context: Context = evaluation): Tensor {
    return this.inner.forward(x, context).add(x);
  }
}
const stack = new Stack([linear, new Relu(), new Dropout(0.5), new Softmax(), new Flatten(), net, model, open]);
const around = new Around(new Stack([new Around(linear), stack]));
assertType<Same<(typeof around)["inner"], Stack>>();
const fromAround = around.forward(x3);
assertType<Same<typeof fromAround, Tensor>>();
const fromApply = apply(stack as Layer, x3, { key: k });
assertType<Same<typeof fromApply.output, AnyTensor>>();
const anyLayers: readonly Layer[] = [stack, around];
void new Sequential(...anyLayers);

class Pair extends Module {
  override forward(x: Tensor): [Tensor, Tensor] {
    return [x, x];
  }
}
// @ts-expect-error - a layer gives one tensor
void new Stack([new Pair()]);

// Convolutions follow batch and channels, poolings what they leave, tables the features.
declare const photos: Tensor<readonly [5, 3, 32, 32], "float32">;
const conv = new Conv2d(3, 8, 3, { key: k });
const maps = conv.forward(photos);
assertType<Same<typeof maps, Tensor<readonly [5, 8, number, number], "float32">>>();
// @ts-expect-error - "Conv2d: the layer takes 3 channels, [5, 4, 32, 32] has 4"
conv.forward(ones([5, 4, 32, 32]));
const convDouble = new Conv2d(3, 8, 3, { key: k, dtype: "float64" });
assertType<Same<(typeof convDouble)["bias"], Tensor<readonly [8], "float64"> | null>>();
const network = new Sequential(conv, new BatchNorm(8), new Relu(), new GlobalAvgPool(), new Linear(8, 10, { key: k }));
const logits = network.forward(photos);
assertType<Same<typeof logits, Tensor<readonly [5, 10], "float32">>>();
declare const words: Tensor<readonly [5, 7], "int32">;
const vectors = new Embedding(100, 16, { key: k }).forward(words);
assertType<Same<typeof vectors, Tensor<readonly [5, 7, 16], "float32">>>();
const kept = new Residual(new Linear(3, 3, { key: k })).forward(x3);
assertType<Same<typeof kept, Tensor<readonly [5, 3], "float32">>>();

// A model goes through vmap as it is: one for all examples, or with one more axis in each tensor.
{
  const model = new Sequential(new Linear(2, 3, { key: key(0) }), new Relu());
  const perExample = vmap((m: typeof model, x: Tensor): Tensor => m.forward(x), { inAxes: [null, 0] });
  const given: AnyTensor = perExample(model, ones([5, 2]));
  void given;
}
