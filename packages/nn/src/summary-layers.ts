import {
  type AnyTensor,
  abstract,
  alias,
  isTensor,
  Key,
  record,
  type Shape,
  tapeCost,
  treeLeaves,
  treeMap,
} from "@tapegrad/core/functions";
import { apply } from "./apply.ts";
import { isTree } from "./check-fields.ts";
import type { Context } from "./context.ts";
import { Module } from "./module.ts";

/** One run of a module. */
export interface LayerRow {
  /** `layers.0`; empty for the model itself. */
  readonly path: string;
  /** The class. */
  readonly layer: string;
  /** The shapes of the output's tensors. */
  readonly outputs: readonly Shape[];
  /** The number of trained numbers in it. */
  readonly parameters: number;
  /** Floating-point operations, see `EntryCost` of core; those of the modules inside count. */
  readonly flops: number;
  /** Bytes of all that it computes: what a tape keeps for a reverse sweep. */
  readonly bytes: number;
}

/** A run while it is watched: the tensors at which it begins and ends, by which its entries are found on the tape. */
interface Run {
  readonly path: string;
  readonly module: Module;
  begin: AnyTensor | undefined;
  end: AnyTensor | undefined;
  outputs: readonly Shape[];
}

/** The runs of all modules of a model in evaluation, in order. Nothing is computed: tensors are abstract. */
export function layersOf(model: Module, input: unknown): readonly LayerRow[] {
  const blank = <T>(tree: T): T =>
    treeMap(tree, ({ value }) => (isTensor(value) ? abstract(value.shape, value.dtype) : value)) as T;
  const runs: Run[] = [];
  const { tape } = record((m: Module, x: unknown) => apply(watched(m, runs), x as never).output as AnyTensor)(
    blank(model),
    blank(input),
  );
  const places = new Map(tape.entries.flatMap(({ outputs }, i) => outputs.map((output) => [output, i] as const)));
  const { entries } = tapeCost(tape);
  return runs.map(({ path, module, begin, end, outputs }) => {
    const own = entries.slice((places.get(begin!) ?? -1) + 1, places.get(end!) ?? 0);
    const parameters = treeLeaves(module).filter(({ kind }) => kind === "parameter");
    return {
      path,
      layer: module.constructor.name,
      outputs,
      parameters: [...new Set(parameters.map(({ value }) => value as AnyTensor))].reduce((sum, w) => sum + w.size, 0),
      flops: own.reduce((sum, { flops }) => sum + flops, 0),
      bytes: own.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    };
  });
}

/** A copy of a model whose modules note when they run; one that stands at two places becomes two. */
function watched(model: Module, runs: Run[]): Module {
  const copy = (node: unknown, path: string): unknown => {
    if (node === null || typeof node !== "object" || isTensor(node) || node instanceof Key) return node;
    if (!isTree(node)) return node;
    const prototype = node instanceof Module ? noting(node, path, runs) : Object.getPrototypeOf(node);
    const children = Object.keys(node).map((name) => {
      return [name, copy((node as Record<string, unknown>)[name], path === "" ? name : `${path}.${name}`)] as const;
    });
    return Array.isArray(node)
      ? children.map(([, child]) => child)
      : Object.assign(Object.create(prototype), Object.fromEntries(children));
  };
  return copy(model, "") as Module;
}

/** The prototype of a module, with a `forward` between two marks on the tape. */
function noting(module: Module, path: string, runs: Run[]): object {
  const forward = module.forward as (this: Module, x: unknown, context?: Context) => unknown;
  return Object.create(Object.getPrototypeOf(module), {
    forward: {
      value(this: Module, x: unknown, context?: Context): unknown {
        const run: Run = { path, module, begin: undefined, end: undefined, outputs: [] };
        runs.push(run);
        const given = marked(x);
        run.begin = given.last;
        const made = marked(forward.call(this, given.tree, context));
        run.end = made.first;
        run.outputs = made.shapes;
        return made.tree;
      },
    },
  });
}

/** A tree whose tensors are others with the same values, which have entries of their own on the tape. */
function marked(tree: unknown) {
  const marks: AnyTensor[] = [];
  const copy = treeMap(tree, ({ value }) => {
    if (!isTensor(value)) return value;
    marks.push(alias(value) as AnyTensor);
    return marks.at(-1);
  });
  return { tree: copy, first: marks[0], last: marks.at(-1), shapes: marks.map(({ shape }) => shape) };
}
