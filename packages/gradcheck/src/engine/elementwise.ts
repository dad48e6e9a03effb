import type { Context } from "./context.ts";
import type { Covered } from "./coverage.ts";
import type { Finding } from "./findings.ts";
import type { Judged } from "./judge.ts";
import { elementAt, isWrong, type Located } from "./locate.ts";

/**
 * Compares each element of the gradient with a difference of its own: two evaluations for each of three steps. Of forward mode it knows
 * what was judged along directions.
 */
export function examineElements(context: Context, judged: readonly Judged[]): Finding[] {
  const [gradient] = context.gradients;
  const other = judged.flatMap(({ disagreements }) => disagreements).find(({ wrong }) => wrong !== "reverse");
  return context.runs.subject.inputs.map((block) => {
    const norm = gradient!.subarray(block.start, block.start + block.size).reduce((sum, g) => Math.hypot(sum, g), 0);
    const covered: Covered = { block, resolving: 0, vanishes: false, multiple: 0, relativeError: 0 };
    let worst: Located | null = null;
    for (let i = block.start; i < block.start + block.size; i++) {
      const found = context.affords(6) ? elementAt(context, i) : null;
      if (found === null) {
        covered.resolving = Number.POSITIVE_INFINITY;
        continue;
      }
      const { tolerance, value } = found.numeric;
      const error = Math.abs(found.analytic - value);
      covered.resolving = Math.max(covered.resolving, tolerance === 0 ? 0 : tolerance / norm);
      covered.relativeError = Math.max(covered.relativeError, error === 0 ? 0 : error / norm);
      const multiple = error === 0 ? 0 : error / tolerance;
      if (multiple > covered.multiple) {
        covered.multiple = multiple;
        if (isWrong(found)) worst = found;
      }
    }
    return { ...covered, wrong: worst === null ? (other?.wrong ?? null) : "reverse", diagnosis: null, worst };
  });
}
