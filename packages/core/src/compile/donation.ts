import { DonatedError } from "../errors.ts";
import { showShape } from "../shape.ts";
import { type AnyTensor, isConcrete, leaveTo } from "../tensor.ts";
import { tensorsOf } from "../tree.ts";

// Tensors that are handed over to a compiled function, which uses their memory for its results. The same holds when it runs uncompiled, so that
// a program which works one way works the other way, too.

const handedOver = new WeakSet<AnyTensor>();

/** Whether the memory of a tensor was used for something else. */
export const isHandedOver = (tensor: AnyTensor): boolean => handedOver.has(tensor);

const describe = ({ dtype, shape }: AnyTensor): string => `a ${dtype} ${showShape(shape)} tensor`;

/** Lets nobody read a tensor any more. */
export function giveUp(tensor: AnyTensor): void {
  if (!isConcrete(tensor)) return;
  handedOver.add(tensor);
  leaveTo(tensor, () => {
    throw new DonatedError(
      "compile",
      `${describe(tensor)} was handed over to a compiled function, as models are to a step of training, and its memory is used up`,
      "use what the function returned, hand over a snapshot, or leave the argument out of donate",
    );
  });
}

/**
 * Checks that nobody else reads what is handed over: no other argument. Within one argument a tensor may stand at several places (tied weights).
 * @param donate the positions of arguments that are handed over.
 */
export function checkDonated(args: readonly unknown[], donate: readonly number[]): void {
  if (donate.length === 0) return;
  const positions = new Map<AnyTensor, number>();
  for (const [position, arg] of args.entries()) {
    for (const tensor of new Set(tensorsOf(arg))) {
      const before = positions.get(tensor);
      positions.set(tensor, position);
      if (before === undefined || !(donate.includes(before) || donate.includes(position))) continue;
      throw new DonatedError(
        "compile",
        `${describe(tensor)} is in args[${before}] and in args[${position}], and is handed over`,
        "hand over a snapshot of one of them, or leave the argument out of donate",
      );
    }
  }
}
