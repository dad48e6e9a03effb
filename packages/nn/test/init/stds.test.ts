import { ArgumentError, key, ShapeError } from "@tapegrad/core";
import { expect, test } from "vitest";
import { fans, gain, init, type Nonlinearity } from "../../src/index.ts";
import { fixture } from "../fixtures.ts";

interface PerNonlinearity {
  readonly gain: number;
  readonly kaiming_fan_in_std: number;
  readonly kaiming_fan_out_std: number;
  readonly kaiming_fan_in_bound: number;
  readonly xavier_std: number;
  readonly xavier_bound: number;
}

interface Case {
  readonly id: string;
  readonly attrs: { readonly shape: readonly number[] };
  readonly expected: Readonly<
    Record<"linear" | "relu" | "tanh" | "sigmoid" | "selu" | "leaky_relu", PerNonlinearity>
  > & {
    readonly fan_in: number;
    readonly fan_out: number;
    readonly lecun_std: number;
    readonly "leaky_relu_0.2_gain": number;
  };
}

const names = ["linear", "relu", "tanh", "sigmoid", "selu", "leaky_relu"] as const;

function expectEqual(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-12);
}

test.each(fixture<Case[]>("init"))("$id: the numbers of PyTorch", ({ attrs: { shape }, expected }) => {
  expect(fans(shape)).toEqual({ fanIn: expected.fan_in, fanOut: expected.fan_out });
  for (const name of names) {
    const nonlinearity: Nonlinearity = name === "leaky_relu" ? "leakyRelu" : name;
    const wanted = expected[name];
    expectEqual(gain(nonlinearity), wanted.gain);
    expectEqual(init.heStd(shape, { nonlinearity }), wanted.kaiming_fan_in_std);
    expectEqual(init.heStd(shape, { nonlinearity, mode: "fanOut" }), wanted.kaiming_fan_out_std);
    expectEqual(init.heBound(shape, { nonlinearity }), wanted.kaiming_fan_in_bound);
    expectEqual(init.glorotStd(shape, { nonlinearity }), wanted.xavier_std);
    expectEqual(init.glorotBound(shape, { nonlinearity }), wanted.xavier_bound);
  }
  expectEqual(init.lecunStd(shape), expected.lecun_std);
  expectEqual(gain("leakyRelu", 0.2), expected["leaky_relu_0.2_gain"]);
});

test("errors", () => {
  expect(() => fans([3])).toThrow(/fans: \[3\] has no fan-in and fan-out; give a weight of \[out, in, ...\]/);
  expect(() => fans([])).toThrow(ShapeError);
  expect(() => init.heNormal(key(0), [2, 3], { nonlinearty: "tanh" } as object)).toThrow(
    /^heNormal: there is no option "nonlinearty"; use mode, nonlinearity, slope, dtype/,
  );
  expect(() => init.glorotUniform(key(0), [2, 3], { mode: "fanOut" } as object)).toThrow(ArgumentError);
  expect(() => init.lecunNormal(key(0), [2, 3], { gain: 2 } as object)).toThrow(
    /^lecunNormal: there is no option "gain"/,
  );
  expect(() => init.orthogonal(key(0), [2, 3], { std: 2 } as object)).toThrow(/^orthogonal: there is no option "std"/);
  expect(() => init.heStd([2, 3], { mode: "fan" as never })).toThrow(/^heStd: "fan" is no mode; use fanIn or fanOut/);
  expect(() => gain("swish" as never)).toThrow(ArgumentError);
});
