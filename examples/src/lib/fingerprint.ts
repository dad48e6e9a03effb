import { createHash } from "node:crypto";
import { isTensor, treeLeaves } from "@tapegrad/core";

/** A hash of all parameters, bit by bit, with their paths: two models have the same one if they are the same. */
export function fingerprint(model: unknown): string {
  const hash = createHash("sha256");
  for (const { path, kind, value } of treeLeaves(model)) {
    if (kind !== "parameter" || !isTensor(value)) continue;
    const data = value.data();
    hash.update(`${path} ${value.dtype} ${value.shape.join("x")}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
