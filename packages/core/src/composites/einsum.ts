import { ArgumentError, ShapeError } from "../errors.ts";
import { checkTensors, defineComposite, draw } from "../op.ts";
import { gemm } from "../ops/gemm.ts";
import { permute, reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { showShape, sizeOf } from "../shape.ts";
import type { AnyTensor } from "../tensor.ts";
import { diagonal } from "./layout.ts";

/** A tensor whose axes have names. */
interface Labelled {
  readonly tensor: AnyTensor;
  readonly labels: readonly string[];
}

/** Axes that an ellipsis stands for are named by their distance from its end. */
const ELLIPSIS = "...";
const broadcastLabel = (fromEnd: number): string => `.${fromEnd}`;

function parse(equation: string, tensors: readonly AnyTensor[]): { operands: string[][]; result: string[] } {
  const compact = equation.replaceAll(" ", "");
  const [left, right, ...more] = compact.split("->");
  const terms = left!.split(",");
  const isTerm = (term: string): boolean => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term);
  if (more.length > 0 || ![...terms, right ?? ""].every(isTerm)) {
    throw new ArgumentError("einsum", `"${equation}" is no equation`, 'write letters, as in "ij,jk->ik"');
  }
  if (terms.length !== tensors.length) {
    throw new ArgumentError(
      "einsum",
      `"${equation}" has ${terms.length} terms for ${tensors.length} tensors`,
      "give one term per tensor",
    );
  }
  const operands = terms.map((term, i) => labelsOf(equation, term, tensors[i]!));
  return {
    operands,
    result: right === undefined ? implicitResult(operands) : explicitResult(equation, right, operands),
  };
}

function labelsOf(equation: string, term: string, tensor: AnyTensor): string[] {
  const [before, after] = term.split(ELLIPSIS);
  const named = before!.length + (after?.length ?? 0);
  const rest = tensor.rank - named;
  if (after === undefined ? rest !== 0 : rest < 0) {
    throw new ShapeError(
      "einsum",
      `the term "${term}" of "${equation}" does not fit ${showShape(tensor.shape)}`,
      "give one letter per axis",
    );
  }
  const middle = after === undefined ? [] : Array.from({ length: rest }, (_, i) => broadcastLabel(rest - i));
  return [...before!, ...middle, ...(after ?? "")];
}

const broadcastLabels = (operands: readonly string[][]): string[] => {
  const most = Math.max(0, ...operands.map((labels) => labels.filter((label) => label.startsWith(".")).length));
  return Array.from({ length: most }, (_, i) => broadcastLabel(most - i));
};

/** Without an arrow: what an ellipsis stands for, then the letters that stand once, in alphabetical order. */
function implicitResult(operands: readonly string[][]): string[] {
  const letters = operands.flat().filter((label) => !label.startsWith("."));
  const once = letters.filter((label) => letters.indexOf(label) === letters.lastIndexOf(label));
  return [...broadcastLabels(operands), ...once.sort()];
}

function explicitResult(equation: string, right: string, operands: readonly string[][]): string[] {
  const [before, after] = right.split(ELLIPSIS);
  const result = [...before!, ...(after === undefined ? [] : broadcastLabels(operands)), ...(after ?? "")];
  const stray = result.find((label, i) => !operands.flat().includes(label) || result.indexOf(label) !== i);
  if (stray !== undefined) {
    throw new ArgumentError(
      "einsum",
      `"${stray}" of the result of "${equation}" is in no term, or twice`,
      "name axes of the terms, once each",
    );
  }
  return result;
}

/** Letters that stand twice in one term take the diagonal; letters that nothing else needs are summed. */
function reduced({ tensor, labels }: Labelled, needed: ReadonlySet<string>): Labelled {
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) {
    const [a, b] = [labels.indexOf(twice), labels.lastIndexOf(twice)];
    const rest = labels.filter((_, i) => i !== a && i !== b);
    return reduced({ tensor: diagonal(tensor, 0, a, b), labels: [...rest, twice] }, needed);
  }
  const idle = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  if (idle.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, idle) as AnyTensor, labels: labels.filter((label) => needed.has(label)) };
}

/** The tensor with its axes in the order of `labels`, those it lacks being of length 1. */
function arrange({ tensor, labels }: Labelled, wanted: readonly string[]): AnyTensor {
  const present = wanted.filter((label) => labels.includes(label));
  const moved = permute(
    tensor,
    present.map((label) => labels.indexOf(label)),
  ) as AnyTensor;
  return reshape(
    moved,
    wanted.map((label) => (labels.includes(label) ? tensor.shape[labels.indexOf(label)]! : 1)),
  ) as AnyTensor;
}

/** The product of two terms, as a batch of matrix products. */
function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const inBoth = a.labels.filter((label) => b.labels.includes(label));
  const batch = inBoth.filter((label) => needed.has(label) || sizeIn(a, label) !== sizeIn(b, label));
  const inner = inBoth.filter((label) => !batch.includes(label));
  const [rows, columns] = [a, b].map(({ labels }) => labels.filter((label) => !inBoth.includes(label))) as [
    string[],
    string[],
  ];
  const matrices = (operand: Labelled, first: readonly string[], second: readonly string[]): AnyTensor => {
    const sizes = (labels: readonly string[]): number => sizeOf(labels.map((label) => sizeIn(operand, label)));
    const shape = [...batch.map((label) => sizeIn(operand, label)), sizes(first), sizes(second)];
    return reshape(arrange(operand, [...batch, ...first, ...second]), shape) as AnyTensor;
  };
  const product = gemm(matrices(a, rows, inner), matrices(b, inner, columns)) as AnyTensor;
  const labels = [...batch, ...rows, ...columns];
  const sizes = [...rows.map((label) => sizeIn(a, label)), ...columns.map((label) => sizeIn(b, label))];
  return { tensor: reshape(product, [...product.shape.slice(0, -2), ...sizes]) as AnyTensor, labels };
}

const sizeIn = ({ tensor, labels }: Labelled, label: string): number => tensor.shape[labels.indexOf(label)]!;

function checkSizes(equation: string, operands: readonly Labelled[]): void {
  const sizes = new Map<string, { size: number; shape: readonly number[] }>();
  for (const { tensor, labels } of operands) {
    labels.forEach((label, axis) => {
      const size = tensor.shape[axis]!;
      const known = sizes.get(label);
      const stretches = label.startsWith(".") && (size === 1 || known?.size === 1);
      if (known !== undefined && known.size !== size && !stretches) {
        throw new ShapeError(
          "einsum",
          `"${label.replace(/^\..*/, ELLIPSIS)}" of "${equation}" is ${known.size} in ${showShape(known.shape)} and ${size} in ${showShape(tensor.shape)}`,
          "axes of one letter must be of one length",
        );
      }
      if (known === undefined || known.size === 1) sizes.set(label, { size, shape: tensor.shape });
    });
  }
}

/** Signature of `einsum`. */
export type Einsum = (equation: string, ...tensors: readonly AnyTensor[]) => AnyTensor;

/**
 * Sums of products over named axes (Einstein's convention, as in NumPy): a letter for each axis of each tensor, an arrow and the letters of the result. A letter that stands
 * twice in one term takes the diagonal; one that the result lacks is summed; `...` stands for axes that broadcast. Terms are multiplied from left to right.
 * @throws ArgumentError for an equation that is none; ShapeError when it does not fit the shapes.
 * @example
 * einsum("ij,jk->ik", tensor([[1, 2]]), tensor([[3], [4]])).toArray(); // [[11]]
 * einsum("ii->i", tensor([[1, 2], [3, 4]])).toArray(); // [1, 4]
 */
export const einsum: Einsum = defineComposite<Einsum>(
  {
    name: "einsum",
    samples: [
      { args: ["ij,jk->ik", draw([2, 3]), draw([3, 4])] },
      { args: ["ii->i", draw([3, 3])] },
      { args: ["ij->", draw([2, 3])] },
      { args: ["bij,bkj->bik", draw([2, 3, 4]), draw([2, 2, 4])] },
      { args: ["i,j", draw([2]), draw([3])] },
      { args: ["ijk,il,lm->jkm", draw([2, 3, 2]), draw([2, 2]), draw([2, 3])] },
      { args: ["...i,ij->...j", draw([2, 2, 3]), draw([3, 2])] },
      { args: ["...ij,...j->...i", draw([2, 1, 2, 3]), draw([4, 3])] },
      { args: ["ij,ij->j", draw([2, 3]), draw([2, 3])] },
      { args: ["iij->j", draw([2, 2, 3])] },
    ],
    errors: [
      {
        args: ["ij,jk->ik", draw([2, 3]), draw([4, 5])],
        error: ShapeError,
        message: /einsum: "j" of "ij,jk->ik" is 3 in \[2, 3\] and 4 in \[4, 5\]/,
      },
      { args: ["ij->i", draw([2])], error: ShapeError, message: /einsum: the term "ij" of "ij->i" does not fit \[2\]/ },
      { args: ["ij->k", draw([2, 2])], error: ArgumentError, message: /einsum: "k" of the result/ },
      { args: ["i,j->ij", draw([2])], error: ArgumentError, message: /einsum: "i,j->ij" has 2 terms for 1 tensors/ },
      { args: ["i1->i", draw([2, 2])], error: ArgumentError, message: /einsum: "i1->i" is no equation/ },
    ],
  },
  (equation: string, ...tensors: readonly AnyTensor[]) => {
    checkTensors("einsum", tensors);
    const { operands, result } = parse(String(equation), tensors);
    const [first, ...others] = tensors.map((tensor, i): Labelled => ({ tensor, labels: operands[i]! })) as [
      Labelled,
      ...Labelled[],
    ];
    checkSizes(equation, [first, ...others]);
    const needed = (from: number): Set<string> => new Set([...result, ...operands.slice(from).flat()]);
    let product = reduced(first, needed(1));
    others.forEach((other, i) => {
      const own = reduced(other, new Set([...result, ...product.labels, ...operands.slice(i + 2).flat()]));
      product = reduced(contract(product, own, needed(i + 2)), needed(i + 2));
    });
    return arrange(product, result);
  },
);
