import { type AnyTensor, compile, isTensor, treeLeaves, valueAndGrad } from "@tapegrad/core";
import { type RandomTape, tapes } from "@tapegrad/gradcheck/property";
import fc from "fast-check";
import { expect, test } from "vitest";

/** The results of a tape, its loss and the gradient of that. */
const everything =
  (tape: RandomTape) =>
  (at: readonly AnyTensor[]): unknown => ({ results: tape.run(at), ...valueAndGrad(tape.f)(at) });

const numbersOf = (tree: unknown): number[] =>
  treeLeaves(tree).flatMap(({ value }) => (isTensor(value) ? [...value.data()] : []));

test("compiled programs of float64 compute what operations do, values and gradients", () => {
  fc.assert(
    fc.property(tapes(), (tape) => {
      const f = everything(tape);
      const [eager, compiled] = [numbersOf(f(tape.at)), numbersOf(compile(f)(tape.at))];
      const scale = Math.max(1, ...eager.filter(Number.isFinite).map(Math.abs));
      expect(compiled.length).toBe(eager.length);
      for (const [i, value] of eager.entries()) {
        if (Number.isFinite(value)) expect(Math.abs(compiled[i]! - value)).toBeLessThanOrEqual(1e-12 * scale);
        else expect(compiled[i]).toBe(value);
      }
    }),
    { numRuns: 200 },
  );
});
