import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type AnyTensor,
  add,
  compile,
  mul,
  reshape,
  snapshot,
  sub,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";

// Two tensors are handed over. Random programs of them name parts of them in other shapes, return them, and make things of the same shape that
// could take their memory.

/** Of two values made before, by their numbers modulo how many there are. */
interface Step {
  readonly operation: "add" | "sub" | "double" | "flat" | "square" | "shift";
  readonly a: number;
  readonly b: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    operation: fc.constantFrom("add", "sub", "double", "flat", "square", "shift"),
    a: fc.nat({ max: 20 }),
    b: fc.nat({ max: 20 }),
  }),
  { minLength: 1, maxLength: 8 },
);

const square = (x: AnyTensor): AnyTensor => reshape(x, [2, 2]) as AnyTensor;

/** What a program makes of its state; results are named by their numbers, too. */
function run(program: readonly Step[], chosen: readonly number[], state: readonly AnyTensor[]): AnyTensor[] {
  const values = [...state];
  const at = (i: number): AnyTensor => values[i % values.length]!;
  for (const { operation, a, b } of program) {
    const [x, y] = [square(at(a)), square(at(b))];
    values.push(
      {
        add: () => add(x, y),
        sub: () => sub(x, y),
        double: () => mul(x, 2),
        flat: () => reshape(at(a), [4]),
        square: () => reshape(at(a), [2, 2]),
        shift: () => add(x, sum(y)),
      }[operation]() as AnyTensor,
    );
  }
  return chosen.map((i) => at(i));
}

const numbersOf = (results: readonly AnyTensor[]): unknown[] => results.map((result) => (result as Tensor).toArray());

test("what is handed over is written to only when nobody reads it any more", () => {
  const chosen = fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(steps, chosen, (program, results) => {
      const start = [
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([
          [0.5, -1],
          [2, 0.25],
        ]),
      ] as readonly AnyTensor[];
      const expected = numbersOf(run(program, results, start));
      const f = compile((state: readonly AnyTensor[]) => run(program, results, state), { donate: [0] });
      for (let i = 0; i < 3; i++) expect(numbersOf(f(snapshot(start)))).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
