import fc from "fast-check";
import type { DType } from "../../src/dtype.ts";
import { sizeOf, stridesOf } from "../../src/shape.ts";
import { dtypeArbitrary } from "./arbitraries.ts";

export interface View {
  /** Elements of the base. */
  readonly size: number;
  readonly shape: number[];
  readonly strides: number[];
  readonly offset: number;
  readonly dtype: DType;
}

/** A view: of a base tensor, its axes permuted, sliced with steps of both signs, and perhaps stretched. */
export const viewsOf = (bases: fc.Arbitrary<number[]>): fc.Arbitrary<View> =>
  bases.chain((base) =>
    fc
      .record({
        order: fc.shuffledSubarray(
          base.map((_, axis) => axis),
          { minLength: base.length },
        ),
        reversed: fc.array(fc.boolean(), { minLength: base.length, maxLength: base.length }),
        skip: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: base.length, maxLength: base.length }),
        stretched: fc.array(fc.constantFrom(0, 0, 0, 3), { minLength: base.length, maxLength: base.length }),
        dtype: dtypeArbitrary,
      })
      .map(({ order, reversed, skip, stretched, dtype }) => {
        const own = stridesOf(base);
        let offset = 0;
        const shape: number[] = [];
        const strides: number[] = [];
        for (const axis of order) {
          const size = Math.ceil(base[axis]! / skip[axis]!);
          const step = own[axis]! * skip[axis]!;
          if (size > 0 && stretched[axis]! > 0) {
            shape.push(stretched[axis]!);
            strides.push(0);
            continue;
          }
          if (reversed[axis]! && size > 0) offset += (size - 1) * step;
          shape.push(size);
          strides.push(reversed[axis]! ? -step : step);
        }
        return { size: sizeOf(base), shape, strides, offset, dtype };
      }),
  );
