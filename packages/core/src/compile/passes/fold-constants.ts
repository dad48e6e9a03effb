import { reapply } from "../../program.ts";
import { unrecorded } from "../../tape.ts";
import { isConcrete } from "../../tensor.ts";
import { type Pass, rewrite } from "./rewrite.ts";

/** Larger constants are rather computed again than kept. */
const MOST = 4096;

/** Computes at once what depends on constants only. */
export const foldConstants: Pass = {
  name: "constant folding",
  run: (program) =>
    rewrite(program, (entry) =>
      entry.inputs.every(isConcrete) && entry.outputs.every(({ size }) => size <= MOST)
        ? unrecorded(() => reapply(entry, entry.inputs))
        : entry,
    ),
};
