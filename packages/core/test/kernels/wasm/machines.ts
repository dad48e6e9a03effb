import v8 from "node:v8";
import { type Machine, startMachine } from "../../../src/kernels/wasm/machine.ts";
import { engine } from "../../../src/wasm/engine.ts";

// On Node 20, fused products and sums have to be switched on; later versions have them.
v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

export { engine };

/** With each path that the engine has: products and sums rounded apart, and fused. */
export const machines: readonly (readonly [name: string, machine: Machine])[] = [
  ["rounded apart", startMachine({ fma: false, shared: false })!],
  ["fused", startMachine({ fma: true })!],
];
