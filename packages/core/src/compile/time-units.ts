import { allocate } from "../dtype.ts";
import { type AnyTensor, Tensor } from "../tensor.ts";
import { type Built, build } from "./build.ts";
import { copyIn } from "./host.ts";

/** How often a program is run to find out how long its units take, and how often before that. */
const RUNS = 15;
const WARMING = 3;

/** The part of the environments' interfaces that is used here. */
const clock = globalThis as unknown as { readonly performance?: { now(): number } };
const now = (): number => clock.performance?.now() ?? Date.now();

/** Milliseconds that each unit of a program takes: medians of some runs of a copy of it, on zeros, by which nothing that lies in its memory changes. */
export function timeUnits({ source, machine, units }: Built): readonly number[] {
  const samples: number[][] = units.map(() => []);
  let [unit, since] = [-1, 0];
  const timed = build(source, machine, new Set(), (next) => {
    const time = now();
    samples[unit]?.push(time - since);
    [unit, since] = [next, now()];
  });
  const { memory } = machine.heap;
  for (const [i, input] of timed.program.inputs.entries()) copyIn(zerosLike(input), memory, timed.inputs[i]!);
  for (let run = 0; run < WARMING + RUNS; run++) {
    if (run === WARMING) for (const times of samples) times.length = 0;
    unit = -1;
    timed.run();
  }
  timed.release();
  return samples.map((times) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0);
}

const zerosLike = ({ shape, dtype, size }: AnyTensor): AnyTensor => new Tensor(shape, dtype, allocate(dtype, size));
