import type { AnyTensor } from "../tensor.ts";
import { isFlat } from "./access.ts";
import { type EntryUnit, type Group, isView, type Unit } from "./fusion.ts";
import { entriesOf } from "./layout.ts";
import type { Recorded, Task } from "./record-tasks.ts";

// A product or convolution makes its result chunk by chunk. What is done with each element afterwards (a bias added, an activation, its
// gradient's mask) is done with the chunk while it is in the cache, by the thread that made it.

/** The task that makes the result, if its chunks make one part after another. */
export function partedTask(needs: Recorded | null | undefined): (Task & { readonly each: number }) | undefined {
  const task = needs?.tasks.at(-1);
  return task?.each !== undefined && task.chunks > 1 ? { ...task, each: task.each } : undefined;
}

/**
 * The units with loops taken to the kernels whose results they go on with.
 * @param needsOf what the kernels of an entry need.
 */
export function attachEpilogues(
  units: readonly Unit[],
  needsOf: (unit: EntryUnit) => Recorded | null | undefined,
): Unit[] {
  const rootOf = rootsOf(units);
  const madeAt = new Map<AnyTensor, number>();
  for (const [i, unit] of units.entries())
    for (const { outputs } of entriesOf(unit)) for (const output of outputs) madeAt.set(output, i);
  const attached = new Map<number, Group>();
  const taken = new Set<Unit>();
  for (const [i, unit] of units.entries()) {
    const task = unit.kind === "entry" ? partedTask(needsOf(unit)) : undefined;
    if (unit.kind !== "entry" || task === undefined || unit.entry.outputs.length > 1) continue;
    const result = unit.entry.outputs[0]!;
    const isThere = (operand: AnyTensor): boolean =>
      rootOf(operand) === result || (madeAt.get(rootOf(operand)) ?? -1) < i;
    const found = units.find(
      (other): other is Group =>
        other.kind === "group" &&
        !taken.has(other) &&
        goesOn(other, result, task, rootOf) &&
        operandsOf(other).every(isThere),
    );
    if (found === undefined) continue;
    attached.set(i, found);
    taken.add(found);
  }
  return units.flatMap((unit, i): Unit[] => {
    if (taken.has(unit)) return [];
    const epilogue = attached.get(i);
    return unit.kind === "entry" && epilogue ? [{ ...unit, epilogue }] : [unit];
  });
}

/** The tensor whose memory a tensor has. */
function rootsOf(units: readonly Unit[]): (tensor: AnyTensor) => AnyTensor {
  const roots = new Map<AnyTensor, AnyTensor>();
  const rootOf = (tensor: AnyTensor): AnyTensor => roots.get(tensor) ?? tensor;
  for (const unit of units) {
    if (unit.kind === "entry" && isView(unit.entry)) roots.set(unit.entry.outputs[0]!, rootOf(unit.entry.inputs[0]!));
  }
  return rootOf;
}

/** What a group reads that it does not make. */
const operandsOf = (group: Group): AnyTensor[] =>
  group.entries.flatMap(({ inputs }) => inputs.filter((input) => !group.levels.has(input)));

/** Whether a group reads a result place by place, in parts as its kernel makes them. */
function goesOn(
  group: Group,
  result: AnyTensor,
  { each }: { readonly each: number },
  rootOf: (tensor: AnyTensor) => AnyTensor,
): boolean {
  if (group.places !== result.size || group.row === group.places) return false;
  const [inner = 1, ...outer] = group.loops;
  if (each % (outer.length === 0 ? 4 : inner) !== 0) return false;
  let reads = false;
  for (const entry of group.entries) {
    for (const input of entry.inputs) {
      if (group.levels.has(input) || rootOf(input) !== result) continue;
      if (group.levels.get(entry.outputs[0]!) !== "full" || !isFlat(group.accessOf(entry, input))) return false;
      reads = true;
    }
  }
  return reads;
}
