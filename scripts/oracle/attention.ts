import { type AnyTensor, key, logicalNot, permute, split, type Tensor, treeMap } from "@tapegrad/core";
import { evaluation, MultiHeadAttention } from "@tapegrad/nn";
import { type Bool, type Runner, type Runners, t } from "./runner.ts";

/** PyTorch's layout: one weight for queries, keys and values below each other, [3 · features, features]; or one for each. */
function projections(weights: readonly AnyTensor[]): Record<string, AnyTensor> {
  const isPacked = weights[0]!.shape[0] === 3 * weights[0]!.shape[1]!;
  const parts = isPacked
    ? weights.flatMap((w, i) => (i < weights.length / 2 ? (split(w, 3) as readonly AnyTensor[]) : [w]))
    : weights;
  const ofRank = (rank: number): readonly AnyTensor[] => parts.filter((part) => part.rank === rank);
  const names = ["query", "key", "value", "output"];
  return Object.fromEntries(
    names.flatMap((name, i) => [
      [`${name}.weight`, ofRank(2)[i]!],
      ...(ofRank(1).length > 0 ? [[`${name}.bias`, ofRank(1)[i]!]] : []),
    ]),
  );
}

const multiHead: Runner = (inputs, attrs) => {
  const { heads = attrs.num_heads, batch_first = true, layout = batch_first ? "[batch" : "[time", is_causal } = attrs;
  const { causal = is_causal ?? attrs.mask === "causal" } = attrs;
  const count = inputs.findIndex(({ rank }) => rank !== 3);
  const sequences = inputs.slice(0, count);
  const isBatchFirst = layout.startsWith("[batch") || layout.startsWith("(batch");
  const turned = (z: AnyTensor): AnyTensor => (isBatchFirst ? z : (permute(z, [1, 0, 2]) as AnyTensor));
  const [x, keys, values] = sequences.map(turned);
  const masks = inputs.slice(count).filter(({ dtype }) => dtype === "bool");
  const byPath = projections(inputs.slice(count).filter(({ dtype }) => dtype !== "bool"));
  const features = x!.shape[2]!;
  const options = { key: key(0), keyFeatures: (keys ?? x)!.shape[2]!, valueFeatures: (values ?? keys ?? x)!.shape[2]! };
  const bias = byPath["query.bias"] !== undefined;
  const start = new MultiHeadAttention(features, heads, { ...options, bias, dtype: x!.dtype as "float64" });
  const model = treeMap(start, ({ path }) => byPath[path]!) as typeof start;
  // PyTorch's masks say what is left out: those of keys are [batch, S], others [..., L, S].
  const open = masks.map((mask) => logicalNot(mask as Bool) as AnyTensor);
  const isOfKeys = (mask: AnyTensor): boolean => mask.rank === 2 && mask.shape[0] === x!.shape[0] && !attrs.attn_mask;
  const keyMask = open.find(isOfKeys);
  const mask = open.find((one) => one !== keyMask);
  const output = model.forward(x as Tensor<readonly [number, number, number], "float64">, evaluation, {
    causal,
    ...(keys && { keys }),
    ...(values && { values }),
    ...(mask && { mask }),
    ...(keyMask && { keyMask }),
  });
  return turned(output as AnyTensor);
};

/** Attention of the schema, as a function and as a layer. */
export const attention: Runners = {
  "attention/sdpa": ([q, k, v, mask], { mask: kind, is_causal, causal = is_causal ?? kind === "causal", scale }) =>
    t.scaledDotProductAttention!(q, k, v, {
      ...(mask && { mask }),
      causal,
      ...(scale !== undefined && { scale }),
    }),
  "attention/multi_head": multiHead,
};
