import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AnyTensor, interpolate, key, normal, pixelShuffle, pixelUnshuffle, tensor } from "../../src/index.ts";

const whole = (min: number, max: number) => fc.integer({ min, max });

function random(shape: readonly number[], seed: number): AnyTensor {
  return normal(key(seed), shape, { dtype: "float64" }) as AnyTensor;
}

/** Bilinear interpolation of one plane by the four neighbours of each place, all at once. */
function bilinear(plane: readonly (readonly number[])[], height: number, width: number, corners: boolean): number[][] {
  const place = (o: number, from: number, to: number): number => {
    const at = corners ? (to === 1 ? 0 : (o * (from - 1)) / (to - 1)) : ((o + 0.5) * from) / to - 0.5;
    return Math.max(at, 0);
  };
  const [rows, columns] = [plane.length, plane[0]!.length];
  return Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (_, j) => {
      const [y, x] = [place(i, rows, height), place(j, columns, width)];
      const [top, left] = [Math.floor(y), Math.floor(x)];
      const at = (row: number, column: number) => plane[Math.min(row, rows - 1)]![Math.min(column, columns - 1)]!;
      const [down, right] = [y - top, x - left];
      return (
        at(top, left) * (1 - down) * (1 - right) +
        at(top, left + 1) * (1 - down) * right +
        at(top + 1, left) * down * (1 - right) +
        at(top + 1, left + 1) * down * right
      );
    }),
  );
}

describe("interpolate", () => {
  test("linear over two axes is bilinear, for any sizes, with and without corners aligned", () => {
    fc.assert(
      fc.property(
        whole(1, 5),
        whole(1, 5),
        whole(1, 9),
        whole(1, 9),
        fc.boolean(),
        fc.nat(),
        (h, w, rows, columns, corners, seed) => {
          const x = random([1, 1, h, w], seed);
          const y = interpolate(x, { size: [rows, columns], mode: "linear", alignCorners: corners });
          const plane = (x.toArray() as unknown as number[][][][])[0]![0]!;
          const expected = bilinear(plane, rows, columns, corners).flat();
          expect(y.shape).toEqual([1, 1, rows, columns]);
          y.data().forEach((value, i) => {
            expect(value).toBeCloseTo(expected[i]!, 12);
          });
        },
      ),
      { numRuns: 80 },
    );
  });

  test("nearest takes the element that ⌊i L / O⌋ names, however L / O rounds", () => {
    fc.assert(
      fc.property(whole(1, 9), whole(1, 100), (from, to) => {
        const x = tensor(
          Array.from({ length: from }, (_, i) => i),
          { shape: [1, 1, from] },
        );
        const expected = Array.from({ length: to }, (_, i) => Math.floor((i * from) / to));
        expect(interpolate(x, { size: to }).toArray()).toEqual([[expected]]);
      }),
      { numRuns: 60 },
    );
  });

  test("the numbers of PyTorch's documentation", () => {
    const x = tensor(
      [
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
      { dtype: "float64" },
    );
    expect(interpolate(x, { scale: 2, mode: "linear" }).toArray()).toEqual([
      [
        [
          [1, 1.25, 1.75, 2],
          [1.5, 1.75, 2.25, 2.5],
          [2.5, 2.75, 3.25, 3.5],
          [3, 3.25, 3.75, 4],
        ],
      ],
    ]);
    expect(interpolate(x, { scale: 2 }).toArray()).toEqual([
      [
        [
          [1, 1, 2, 2],
          [1, 1, 2, 2],
          [3, 3, 4, 4],
          [3, 3, 4, 4],
        ],
      ],
    ]);
  });

  test("a scale that is no whole number rounds the size down, and counts in its own steps", () => {
    const x = tensor([[[0, 1, 2]]]);
    expect(interpolate(x, { scale: 1.5 }).toArray()).toEqual([[[0, 0, 1, 2]]]);
    expect(interpolate(x, { scale: 0.5 }).toArray()).toEqual([[[0]]]);
  });

  test("integers keep their dtype among the nearest", () => {
    const x = tensor([[[1, 2]]], { dtype: "int32" });
    expect(interpolate(x, { scale: 2 }).dtype).toBe("int32");
    expect(interpolate(x, { scale: 2, mode: "linear" }).dtype).toBe("float32");
  });
});

test("pixelUnshuffle undoes pixelShuffle, which puts channel c·r² + i·r + j at row i and column j", () => {
  fc.assert(
    fc.property(
      whole(1, 3),
      whole(1, 2),
      whole(1, 3),
      whole(1, 3),
      fc.nat(),
      (factor, channels, height, width, seed) => {
        const x = random([2, channels * factor * factor, height, width], seed);
        const y = pixelShuffle(x, factor);
        const at = (value: AnyTensor, ...place: number[]) =>
          value.data()[place.reduce((flat, p, i) => flat * value.shape[i]! + p, 0)];
        const [c, h, w] = [channels - 1, height - 1, width - 1];
        for (let i = 0; i < factor; i++) {
          for (let j = 0; j < factor; j++) {
            expect(at(y, 1, c, h * factor + i, w * factor + j)).toBe(
              at(x, 1, c * factor * factor + i * factor + j, h, w),
            );
          }
        }
        expect(pixelUnshuffle(y, factor).toArray()).toEqual(x.toArray());
      },
    ),
    { numRuns: 30 },
  );
});
