import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { RaceOptions } from "./options.ts";
import type { Start } from "./peer-process.ts";
import { COMPILED, OURS } from "./results.ts";

/** One that runs in the race. */
export interface Peer {
  readonly name: string;
  readonly start: Start;
  readonly threads: number;
}

/** Where `prepare` puts the adapters as JavaScript, so that any Node starts them with no loader in between. */
export const compiled: URL = new URL("../../peers/out/", import.meta.url);

const ours = [
  { name: OURS, module: "src/peers/tapegrad.js", arguments: [] },
  { name: COMPILED, module: "src/peers/tapegrad.js", arguments: ["--compiled"] },
];
const others = [
  { name: "tfjs wasm", module: "peers/tfjs.js", arguments: [] },
  { name: "jax-js", module: "peers/jax.js", arguments: [] },
  { name: "jax-js jit", module: "peers/jax.js", arguments: ["--jit"] },
  { name: "js-pytorch", module: "peers/js-pytorch.js", arguments: [] },
];

/** All peers that can run here; what is left out is said by `note`. */
export function findPeers(options: RaceOptions, note: (text: string) => void): Peer[] {
  const { node, threads, oursOnly: alone } = options;
  const script = (name: string, module: string, rest: readonly string[], threads = 1): Peer => ({
    name,
    start: { file: node, arguments: [fileURLToPath(new URL(module, compiled)), ...rest], environment: {} },
    threads,
  });
  const scripts = (peers: typeof ours): Peer[] =>
    peers.map(({ name, module, arguments: rest }) => script(name, module, rest));
  const peers = [
    ...scripts(ours),
    // Beside those that are fair: no other peer has threads in Node, and PyTorch is held to one.
    ...(threads === 1
      ? []
      : ours.map(({ name, module, arguments: rest }) => script(`${name}, ${threads} threads`, module, rest, threads))),
    script("plain loops", "src/peers/loops.js", []),
    ...(alone ? [] : scripts(others)),
  ];
  if (alone) return peers;
  const python = findPython(options.python);
  if (python === undefined) {
    note("PyTorch does not run: no interpreter here can import torch; name one with --python.");
    return peers;
  }
  const adapter = fileURLToPath(new URL("../../peers/pytorch.py", import.meta.url));
  const one = { OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  // A build of OpenBLAS that does not know the processor falls back to kernels that are much slower.
  const environment = hasAvx512() ? { ...one, OPENBLAS_CORETYPE: "SkylakeX" } : one;
  return [...peers, { name: "PyTorch", start: { file: python, arguments: [adapter], environment }, threads: 1 }];
}

function findPython(first: string | undefined): string | undefined {
  const candidates = [...(first === undefined ? [] : [first]), "python3", "/usr/bin/python3"];
  return candidates.find((python) => {
    try {
      execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

export function hasAvx512(): boolean {
  try {
    return /\bavx512f\b/.test(readFileSync("/proc/cpuinfo", "utf8"));
  } catch {
    // Not on Linux: nothing is known.
    return false;
  }
}
