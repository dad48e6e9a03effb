import { type AnyTensor, cast, defineUnary, draw, type FloatUnary, isFloat, mul } from "@tapegrad/core";
import { checkOps } from "@tapegrad/gradcheck";

const cube = (partial: (x: AnyTensor) => AnyTensor): FloatUnary =>
  defineUnary<FloatUnary>({
    name: "cube",
    dtype: (dtype) => (isFloat(dtype) ? dtype : "float32"),
    loop: (x, out) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i]! ** 3;
    },
    partial,
    samples: [{ args: [draw([2, 3], { low: -2, high: 2 })] }],
  });

checkOps({ cube: cube((x) => mul(mul(x, x), 3)) }).failures; // []

const wrong = checkOps({ cube: cube((x) => mul(mul(x, x), 3.001)) });
wrong.failures.some(({ call, message }) => call === "sample 0" && message.startsWith("reverse, argument 0")); // true

const doubleOnly = checkOps({ cube: cube((x) => mul(cast(mul(x, x), "float64"), 3)) });
doubleOnly.failures.every(({ call }) => call === "sample 0 in float32"); // true
