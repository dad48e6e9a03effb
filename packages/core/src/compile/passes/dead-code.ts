import { Program } from "../../program.ts";
import type { Entry } from "../../tape.ts";
import type { AnyTensor } from "../../tensor.ts";
import type { Pass } from "./rewrite.ts";

/** Takes out entries on which no output depends. */
export const deadCode: Pass = {
  name: "dead code",
  run: ({ inputs, entries, outputs }) => {
    const needed = new Set<AnyTensor>(outputs);
    const kept: Entry[] = [];
    for (const entry of entries.toReversed()) {
      if (!entry.outputs.some((output) => needed.has(output))) continue;
      for (const input of entry.inputs) needed.add(input);
      kept.push(entry);
    }
    return new Program(inputs, kept.reverse(), outputs);
  },
};
