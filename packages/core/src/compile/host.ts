import { allocate, type Storage } from "../dtype.ts";
import { reapply } from "../program.ts";
import { type Entry, unrecorded } from "../tape.ts";
import { type AnyTensor, isConcrete, storageOf, Tensor } from "../tensor.ts";
import type { Memory } from "../wasm/engine.ts";

/** A tensor with a copy of elements that lie in a memory. */
export function copyOut({ shape, dtype, size }: AnyTensor, memory: Memory, address: number): AnyTensor {
  const storage = allocate(dtype, size);
  const Elements = storage.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => Storage;
  storage.set(new Elements(memory.buffer, address, size));
  return new Tensor(shape, dtype, storage);
}

/** Copies elements to an address. */
export function copyIn(tensor: AnyTensor, memory: Memory, address: number): void {
  const { buffer, byteOffset, byteLength } = storageOf(tensor);
  new Uint8Array(memory.buffer, address, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
}

/** An entry, and where its operands and results lie. */
export interface HostStep {
  readonly entry: Entry;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Runs an entry of a compiled program as an eager operation. */
export function runOnHost({ entry, inputs: from, outputs: to }: HostStep, memory: Memory): void {
  const inputs = entry.inputs.map((input, i) => (isConcrete(input) ? input : copyOut(input, memory, from[i]!)));
  const outputs = unrecorded(() => reapply(entry, inputs));
  for (const [i, output] of outputs.entries()) copyIn(output, memory, to[i]!);
}
