import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Access,
  accessOf,
  canNest,
  permutedAccess,
  repeated,
  stridesIn,
  turnsOf,
} from "../../src/compile/access.ts";
import { sizeOf } from "../../src/shape.ts";

/** The element that each place has, by nested loops that turn where the access does. */
function elementsOf(access: Access, places: number): number[] {
  const turns = turnsOf(access).sort((a, b) => a - b);
  const loops = [...turns, places].map((turn, i) => turn / (turns[i - 1] ?? 1));
  const strides = stridesIn(access, loops);
  return Array.from({ length: places }, (_, place) => {
    let [rest, element] = [place, 0];
    for (const [i, size] of loops.entries()) {
      element += (rest % size) * strides[i]!;
      rest = Math.floor(rest / size);
    }
    return element;
  });
}

/** Coordinates of a place, and the place of coordinates. */
const coordinates = (place: number, shape: readonly number[]): number[] =>
  shape.map((size, axis) => Math.floor(place / sizeOf(shape.slice(axis + 1))) % size);
const placeOf = (at: readonly number[], shape: readonly number[]): number =>
  at.reduce((place, index, axis) => place * shape[axis]! + index, 0);

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

test("an operand that is broadcast is read as its coordinates tell", () => {
  const property = fc.property(
    shapes,
    fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    fc.nat(4),
    (to, ones, cut) => {
      const own = to.map((size, axis) => (ones[axis] ? 1 : size)).slice(Math.min(cut, to.length));
      const expected = Array.from({ length: sizeOf(to) }, (_, place) => {
        const at = coordinates(place, to).slice(to.length - own.length);
        return placeOf(
          at.map((index, axis) => (own[axis] === 1 ? 0 : index)),
          own,
        );
      });
      expect(elementsOf(accessOf(own, to), sizeOf(to))).toEqual(expected);
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test("so is one whose axes come in another order", () => {
  const permuted = shapes.chain((shape) =>
    fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
  );
  const property = fc.property(permuted, ([shape, axes]) => {
    const to = axes.map((axis) => shape[axis]!);
    const expected = Array.from({ length: sizeOf(to) }, (_, place) => {
      const at: number[] = [];
      coordinates(place, to).forEach((index, i) => {
        at[axes[i]!] = index;
      });
      return placeOf(at, shape);
    });
    expect(elementsOf(permutedAccess(shape, axes), sizeOf(to))).toEqual(expected);
  });
  fc.assert(property, { numRuns: 300 });
});

test("so is one of which each element is used several times in a row", () => {
  const property = fc.property(shapes, fc.integer({ min: 1, max: 5 }), (shape, inner) => {
    const places = sizeOf(shape) * inner;
    const expected = Array.from({ length: places }, (_, place) => Math.floor(place / inner));
    expect(elementsOf(repeated(accessOf(shape, shape), inner), places)).toEqual(expected);
  });
  fc.assert(property, { numRuns: 100 });
});

test("loops nest if each turn divides the next", () => {
  expect([canNest([]), canNest([6, 2, 12]), canNest([4, 6])]).toEqual([true, true, false]);
});
