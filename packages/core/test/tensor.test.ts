import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  AbstractValueError,
  abstract,
  add,
  arange,
  DTypeError,
  eye,
  isTensor,
  key,
  mul,
  ones,
  ShapeError,
  sum,
  tensor,
  zeros,
} from "../src/index.ts";

describe("reading", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);

  test("gives copies", () => {
    x.data()[0] = 99;
    (x.toArray() as number[][])[0]![0] = 99;
    expect(x.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("item needs exactly one element", () => {
    expect(tensor([[7]]).item()).toBe(7);
    expect(tensor(true).item()).toBe(true);
    expect(() => x.item()).toThrow(ShapeError);
    expect(() => x.item()).toThrow("item: [2, 2] has 4 elements; use toArray() or data()");
    expect(() => zeros([0]).item()).toThrow("item: [0] has 0 elements");
  });

  test("is also asynchronous, and JSON", async () => {
    expect(await x.read()).toEqual(new Float32Array([1, 2, 3, 4]));
    expect(JSON.parse(JSON.stringify(x))).toEqual({ shape: [2, 2], dtype: "float32", data: [1, 2, 3, 4] });
  });

  test("JSON has no NaN and no infinities: they are strings, which come back", () => {
    const x = tensor([1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const { shape, dtype, data } = JSON.parse(JSON.stringify(x));
    expect(data).toEqual([1, "NaN", "Infinity", "-Infinity"]);
    expect(tensor(data.map(Number), { shape, dtype }).toArray()).toEqual(x.toArray());
  });

  test("rank and size", () => {
    expect([x.rank, x.size, tensor(1).rank, tensor(1).size, zeros([2, 0]).size]).toEqual([2, 4, 0, 1, 0]);
  });
});

describe("printing", () => {
  test("shows dtype, shape and values, in console.log and in strings", () => {
    expect(
      inspect(
        tensor([
          [1, 2.5],
          [3, 4],
        ]),
      ),
    ).toBe("Tensor float32 [2, 2] [[1, 2.5], [3, 4]]");
    expect(`${tensor([0.1])}`).toBe("float32 [1] [0.1]");
    expect(String(tensor([true, false]))).toBe("bool [2] [true, false]");
    expect(inspect({ x: tensor(1) })).toBe("{ x: Tensor float32 [] 1 }");
    expect(inspect(key(5))).toBe("Key(0:5)");
  });

  test("matrices begin on a line of their own, inside other values too", () => {
    expect(inspect(eye(3))).toBe("Tensor float32 [3, 3]\n[[1, 0, 0],\n [0, 1, 0],\n [0, 0, 1]]");
    expect(inspect({ x: eye(3) })).toBe(
      "{\n  x: Tensor float32 [3, 3]\n  [[1, 0, 0],\n   [0, 1, 0],\n   [0, 0, 1]]\n}",
    );
  });

  test("shortens long axes", () => {
    expect(String(arange(100))).toBe("int32 [100] [0, 1, 2, ..., 97, 98, 99]");
    expect(String(zeros([20, 2])).length).toBeLessThan(120);
    expect(String(zeros([0, 3]))).toBe("float32 [0, 3] []");
  });
});

describe("JavaScript's operators throw instead of making strings", () => {
  const [a, b] = [tensor([1]), tensor([2])];
  const message = "valueOf: JavaScript's operators do not work on tensors; use add(a, b), mul(a, b), ... or item()";

  test.each([
    ["a + b", () => (a as never) + (b as never)],
    ["a * 2", () => (a as unknown as number) * 2],
    ["a < b", () => a < b],
    ["-a", () => -(a as unknown as number)],
    ["'x' + a", () => ["x", a as never].reduce((left, right) => left + right)],
    ["a.valueOf()", () => a.valueOf()],
  ])("%s", (_, operation) => {
    expect(operation).toThrow(DTypeError);
    expect(operation).toThrow(message);
  });
});

describe("abstract tensors", () => {
  const x = abstract([2, 3], "float64");

  test("have a shape and a dtype, and operations give abstract results", () => {
    const y = sum(mul(add(x, ones([3], { dtype: "float64" })), 2), 1);
    expect([y.shape, y.dtype, y.isAbstract]).toEqual([[2], "float64", true]);
    expect(String(x)).toBe("abstract float64 [2, 3]");
    expect(isTensor(x)).toBe(true);
  });

  test("still refuse shapes and dtypes that do not fit", () => {
    expect(() => add(x, ones([2], { dtype: "float64" }) as never)).toThrow("add: [2, 3] and [2] do not broadcast");
  });

  test.each(["item", "data", "toArray", "toJSON"] as const)(
    "have no value: %s throws and says what to do",
    (method) => {
      const scalar = abstract([], "float32");
      expect(() => scalar[method]()).toThrow(AbstractValueError);
      expect(() => scalar[method]()).toThrow(
        /a float32 \[\] tensor has no value while a function is traced; select with where/,
      );
    },
  );
});
