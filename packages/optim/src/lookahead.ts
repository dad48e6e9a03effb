import { type AnyTensor, add, checkOptions, mul, sub, tensor, where } from "@tapegrad/core/functions";
import { checkCount, checkShare } from "./options.ts";
import { checked, mapTensors, type Transformation } from "./transformation.ts";

export interface LookaheadHyper {
  /** After how many updates the slow weights follow, 5 if not given. */
  readonly every: number;
  /** The share of the way that they go, 0.5 if not given. */
  readonly rate: number;
}

/**
 * Slow weights that follow: after every `every` updates they go a share of the way to the parameters, which then start again from
 * them. (Zhang et al., "Lookahead optimizer: k steps forward, 1 step back", 2019.)
 * @throws ArgumentError for numbers out of range.
 * @example
 * const optimizer = chain(lookahead({ every: 2, rate: 0.5 }), sgd({ learningRate: 1 }));
 * let model = { w: tensor([0]) };
 * let state = optimizer.init(model);
 * for (let i = 0; i < 2; i++) ({ model, state } = optimizer.update(model, { w: tensor([-1]) }, state));
 * model.w.toArray(); // [1]
 */
export function lookahead(options: Partial<LookaheadHyper> = {}): Transformation<LookaheadHyper> {
  checkOptions("lookahead", options, "every", "rate");
  const { every = 5, rate = 0.5 } = options;
  return checked({
    name: "lookahead",
    hyper: { every, rate },
    check: ({ every, rate }) => {
      checkCount("lookahead", { every });
      if (rate !== 1) checkShare("lookahead", { rate });
    },
    keeps: true,
    scalars: ({ every, rate }, updates) => ({
      rate,
      isFirst: tensor(updates === 1, { dtype: "bool" }),
      follows: tensor(updates % every === 0, { dtype: "bool" }),
    }),
    after: (parameters, context) => {
      const at = (path: string) => context.scalars(path) as Readonly<Record<string, AnyTensor>>;
      const slow = mapTensors(parameters, (parameter, path): AnyTensor => {
        const { rate, isFirst, follows } = at(path);
        const start = context.parameters[path]!;
        const before: AnyTensor = where(isFirst!, start, context.kept[path] ?? start);
        return where(follows!, add(before, mul(sub(parameter, before), rate!)), before);
      });
      const tensors = mapTensors(parameters, (parameter, path) => where(at(path).follows!, slow[path]!, parameter));
      return { tensors, kept: slow };
    },
  });
}
