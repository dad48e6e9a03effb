import { parseArgs } from "node:util";
import v8 from "node:v8";
import { startMachine } from "../packages/core/src/kernels/wasm/machine.ts";
import { unaryName } from "../packages/core/src/kernels/wasm/unary.ts";
import {
  compare,
  everyFloat32,
  exact,
  type Floats,
  largestOf,
  valuesOf,
} from "../packages/core/test/kernels/wasm/ulp.ts";

// `pnpm ulp [function ...]`: the largest error of the WebAssembly kernels of elementary functions, in units in the last place, without and
// with fused products and sums. Of float32 every `--stride`-th of all numbers is taken, of float64 random ones of all sizes.

v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { stride: { type: "string", default: "257" }, samples: { type: "string", default: "4000000" } },
});
const stride = Number(values.stride);
const samples = Number(values.samples);
const machines = [startMachine({ fma: false, shared: false }), startMachine({ fma: true, shared: false })];
const BLOCK = 1 << 20;

function* float32(largest: number): Generator<Floats> {
  const total = Math.ceil(2 ** 32 / stride);
  for (let first = 0; first < total; first += BLOCK) {
    const all = everyFloat32(stride, first, Math.min(BLOCK, total - first));
    yield largest === Number.POSITIVE_INFINITY ? all : all.filter((x) => Math.abs(x) <= largest);
  }
}

/** One third of all sizes, the others where functions change most. */
function* float64(largest: number): Generator<Floats> {
  for (let first = 0; first < samples; first += BLOCK) {
    yield Float64Array.from({ length: Math.min(BLOCK, samples - first) }, (_, i) => {
      const sign = Math.random() < 0.5 ? -1 : 1;
      const size = [2 ** (Math.random() * 2098 - 1074), Math.random() * 40, Math.random() * 2, Math.random() * 800][
        i % 4
      ]!;
      return sign * Math.min(size, largest);
    });
  }
}

for (const name of positionals.length > 0 ? positionals : Object.keys(exact)) {
  const cells = [];
  for (const [dtype, points] of [
    ["float32", float32],
    ["float64", float64],
  ] as const) {
    for (const machine of machines) {
      if (machine === null || !machine.kernels.has(unaryName(name, dtype))) {
        cells.push("–");
        continue;
      }
      let [worst, at] = [0, 0];
      for (const x of points(largestOf(name))) {
        const found = compare(x, valuesOf(machine, name, x), exact[name]!);
        if (found.worst > worst) [worst, at] = [found.worst, found.at];
        for (const { x, got, expected } of found.mismatches.slice(0, 3))
          console.error(`${name}(${x}) is ${got}, not ${expected}`);
      }
      cells.push(`${worst.toFixed(2)} (${at.toPrecision(3)})`);
    }
  }
  console.log(`| \`${name}\` | ${cells.join(" | ")} |`);
}
