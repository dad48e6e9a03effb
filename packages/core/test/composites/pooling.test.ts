import { checkOps } from "@tapegrad/gradcheck";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AnyTensor,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  foldWindows,
  grad,
  key,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  mul,
  normal,
  ones,
  sum,
  tensor,
  unfold,
  windows,
} from "../../src/index.ts";
import { poolMaxima } from "../../src/ops/max-pool.ts";
import { poolSums, spreadSums } from "../../src/ops/sum-pool.ts";

const whole = (min: number, max: number) => fc.integer({ min, max });

function random(shape: readonly number[], seed: number): AnyTensor {
  return normal(key(seed), shape, { dtype: "float64" }) as AnyTensor;
}

const dot = (a: AnyTensor, b: AnyTensor): number => sum(mul(a, b)).item() as number;

/** Windows of a pool along one axis, written out as PyTorch defines them: where each begins and ends, with padding. */
function slides(length: number, size: number, stride: number, padding: number, dilation: number, ceilMode: boolean) {
  const rest = length + 2 * padding - dilation * (size - 1) - 1;
  let count = (ceilMode ? Math.ceil(rest / stride) : Math.floor(rest / stride)) + 1;
  if (ceilMode && (count - 1) * stride >= length + padding) count--;
  return Array.from({ length: count }, (_, o) =>
    Array.from({ length: size }, (_, k) => o * stride - padding + k * dilation),
  );
}

const axis = fc.record({
  length: whole(3, 7),
  size: whole(1, 3),
  stride: whole(1, 4),
  padding: whole(0, 1),
  dilation: whole(1, 2),
});
const pools = fc
  .record({ axes: fc.tuple(axis, axis), ceilMode: fc.boolean(), countIncludePad: fc.boolean(), seed: fc.nat() })
  .filter(({ axes }) => axes.every(({ size, padding }) => 2 * padding <= size))
  .map(({ axes: [a, b], ...rest }) => ({
    ...rest,
    axes: [a, b] as const,
    options: {
      stride: [a.stride, b.stride],
      padding: [a.padding, b.padding],
      ceilMode: rest.ceilMode,
    },
    kernelSize: [a.size, b.size],
    dilation: [a.dilation, b.dilation],
  }));

type Values = readonly (readonly number[])[];

describe("pools agree with loops", () => {
  test("maxPool2d and its positions, for any strides, padding, dilation and rounding", () => {
    fc.assert(
      fc.property(pools, ({ axes: [a, b], kernelSize, dilation, options, seed }) => {
        const x = random([a.length, b.length], seed);
        const values = x.toArray() as Values;
        const [rows, columns] = [a, b].map((one) =>
          slides(one.length, one.size, one.stride, one.padding, one.dilation, options.ceilMode),
        ) as [number[][], number[][]];
        const holds = (window: number[], length: number): boolean => window.some((p) => p >= 0 && p < length);
        fc.pre(rows.length > 0 && columns.length > 0);
        fc.pre(rows.every((w) => holds(w, a.length)) && columns.every((w) => holds(w, b.length)));
        const best = rows.map((row) =>
          columns.map((column) => {
            let [largest, place] = [Number.NEGATIVE_INFINITY, -1];
            for (const i of row) {
              for (const j of column) {
                const value = values[i]?.[j];
                if (value !== undefined && value > largest) [largest, place] = [value, i * b.length + j];
              }
            }
            return [largest, place] as const;
          }),
        );
        const [maxima, places] = maxPool2d(x, kernelSize, { ...options, dilation, returnIndices: true });
        expect(maxima.toArray()).toEqual(best.map((row) => row.map(([value]) => value)));
        expect(places.toArray()).toEqual(best.map((row) => row.map(([, place]) => place)));
      }),
      { numRuns: 150 },
    );
  });

  test("avgPool2d, whether padding counts or not", () => {
    fc.assert(
      fc.property(pools, ({ axes: [a, b], kernelSize, options, countIncludePad, seed }) => {
        const x = random([a.length, b.length], seed);
        const values = x.toArray() as Values;
        const [rows, columns] = [a, b].map((one) =>
          slides(one.length, one.size, one.stride, one.padding, 1, options.ceilMode),
        ) as [number[][], number[][]];
        const expected = rows.flatMap((row) =>
          columns.map((column) => {
            let [total, count] = [0, 0];
            for (const i of row) {
              for (const j of column) {
                const value = values[i]?.[j];
                const isPadding = i < a.length + a.padding && j < b.length + b.padding;
                if (value !== undefined || (countIncludePad && isPadding)) count++;
                total += value ?? 0;
              }
            }
            return total / count;
          }),
        );
        const averages = avgPool2d(x, kernelSize, { ...options, countIncludePad });
        expect(averages.shape).toEqual([rows.length, columns.length]);
        averages.data().forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i]!, 12);
        });
      }),
      { numRuns: 150 },
    );
  });

  test("adaptive pools, for sizes that divide the axes and sizes that do not, or exceed them", () => {
    fc.assert(
      fc.property(
        whole(1, 7),
        whole(1, 7),
        whole(1, 9),
        whole(1, 9),
        fc.nat(),
        (height, width, rows, columns, seed) => {
          const x = random([2, height, width], seed);
          const values = x.toArray() as readonly Values[];
          const bounds = (i: number, length: number, count: number) =>
            [Math.floor((i * length) / count), Math.ceil(((i + 1) * length) / count)] as const;
          const cells = values.flatMap((plane) =>
            Array.from({ length: rows * columns }, (_, cell) => {
              const [top, bottom] = bounds(Math.floor(cell / columns), height, rows);
              const [left, right] = bounds(cell % columns, width, columns);
              return plane.slice(top, bottom).flatMap((row) => row.slice(left, right));
            }),
          );
          expect(Array.from(adaptiveMaxPool2d(x, [rows, columns]).data())).toEqual(
            cells.map((cell) => Math.max(...cell)),
          );
          adaptiveAvgPool2d(x, [rows, columns])
            .data()
            .forEach((value, i) => {
              expect(value).toBeCloseTo(cells[i]!.reduce((a, b) => a + b) / cells[i]!.length, 12);
            });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("maxima", () => {
  test("of equal elements the first in row-major order takes all of the gradient", () => {
    const gradient = (x: AnyTensor, padding: number) =>
      grad((at: AnyTensor) => sum(maxPool2d(at, 2, { padding }) as AnyTensor))(x).toArray();
    expect(gradient(ones([2, 2]) as AnyTensor, 0)).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(gradient(ones([2, 3]) as AnyTensor, 1)).toEqual([
      [1, 1, 0],
      [1, 1, 0],
    ]);
  });

  test("a window of −∞ at the edge gives −∞, and a place inside", () => {
    const [values, places] = maxPool1d(tensor([-Infinity, -Infinity, 1]), 2, { padding: 1, returnIndices: true });
    expect(values.toArray()).toEqual([-Infinity, 1]);
    expect(places.toArray()).toEqual([0, 2]);
  });

  test("a NaN wins, also in a window with padding", () => {
    const x = tensor([1, Number.NaN, 5, 2]);
    expect(maxPool1d(x, 2).toArray()).toEqual([Number.NaN, 5]);
    expect(maxPool1d(x, 3, { stride: 3, padding: 1 }).toArray()).toEqual([Number.NaN, 5]);
  });

  test("integers stay integers, negative ones beside padding", () => {
    const x = tensor([-5, -3, -4], { dtype: "int32" });
    const y = maxPool1d(x, 2, { padding: 1 });
    expect(y.dtype).toBe("int32");
    expect(y.toArray()).toEqual([-5, -3]);
  });

  test("a stride above the kernel leaves elements out, and a kernel of one keeps them", () => {
    expect(maxPool1d(tensor([1, 2, 9, 4, 5]), 2, { stride: 3 }).toArray()).toEqual([2, 5]);
    expect(maxPool3d(tensor([[[1, 2]], [[3, 4]]]), 1).toArray()).toEqual([[[1, 2]], [[3, 4]]]);
  });

  test("an empty batch gives an empty batch", () => {
    expect(maxPool2d(random([0, 3, 4, 4], 1), 2, { returnIndices: true }).map(({ shape }) => shape)).toEqual([
      [0, 3, 2, 2],
      [0, 3, 2, 2],
    ]);
    expect(avgPool1d(random([0, 4], 1), 3, { padding: 1, stride: 1 }).shape).toEqual([0, 4]);
  });
});

test("an infinity or NaN reaches the averages of its own windows only", () => {
  expect(adaptiveAvgPool1d(tensor([Infinity, 1, 1, 1, 1]), 3).toArray()).toEqual([Infinity, 1, 1]);
  expect(avgPool1d(tensor([Number.NaN, 2, 4]), 2, { stride: 1, padding: 1 }).toArray()).toEqual([
    Number.NaN,
    Number.NaN,
    3,
    2,
  ]);
});

describe("windows", () => {
  test("hold what their definition says, and folding them is the transpose", () => {
    const moves = fc.record({ size: whole(1, 3), stride: whole(1, 4), dilation: whole(1, 3), more: whole(0, 4) });
    fc.assert(
      fc.property(fc.tuple(moves, moves), whole(0, 2), fc.nat(), ([a, b], batch, seed) => {
        const [height, width] = [a, b].map(({ size, dilation, more }) => (size - 1) * dilation + 1 + more) as [
          number,
          number,
        ];
        const x = random([batch, height, width], seed);
        const options = { strides: [a.stride, b.stride], dilation: [a.dilation, b.dilation] };
        const y = windows(x, [a.size, b.size], options);
        const [values, data] = [x.data(), y.data()];
        const [, rows, columns] = y.shape as readonly [number, number, number];
        expect([rows, columns]).toEqual([Math.floor(a.more / a.stride) + 1, Math.floor(b.more / b.stride) + 1]);
        let at = 0;
        for (let n = 0; n < batch; n++) {
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j < columns; j++) {
              for (let k = 0; k < a.size; k++) {
                for (let l = 0; l < b.size; l++) {
                  const row = i * a.stride + k * a.dilation;
                  expect(data[at++]).toBe(values[(n * height + row) * width + j * b.stride + l * b.dilation]);
                }
              }
            }
          }
        }
        const g = random(y.shape, seed + 1);
        expect(dot(foldWindows(g, [height, width], options), x)).toBeCloseTo(dot(g, y), 10);
      }),
      { numRuns: 60 },
    );
  });

  test("unfold puts the windows in place of the axis, and their elements last", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(unfold(x, 0, 2).toArray()).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
      [
        [3, 5],
        [4, 6],
      ],
    ]);
    expect(unfold(x, -1, 1, 2).shape).toEqual([3, 1, 1]);
  });
});

test("the operations under pools keep to their definition", () => {
  expect(checkOps({ poolMaxima, poolSums, spreadSums }).failures).toEqual([]);
});
