import type { Program } from "../program.ts";
import type { Entry } from "../tape.ts";
import type { AnyTensor } from "../tensor.ts";
import type { Body } from "../wasm/builder.ts";
import { copyBytes, type I32, i32, loads } from "../wasm/instructions.ts";
import { isView } from "./fusion.ts";
import { bytesOf, type Layout } from "./layout.ts";
import type { Emission, Lowering } from "./lowering.ts";
import { optimize } from "./passes/index.ts";
import { settings } from "./settings.ts";

// Operations that run programs of their own: their programs are code within the code around them, in loops and branches.

/** The programs of an operation, and how they are run. */
export interface Nested {
  readonly parts: readonly Lowering[];
  /** Says where the inputs of the programs lie: in memory of their own, or where those of the operation do. */
  place(around: Layout): void;
  emit(body: Body, around: Layout, emission: Emission): void;
}

/** @param carried inputs that outputs become, by the numbers of the outputs: these may lie where the inputs do. */
type Lower = (program: Program, carried?: ReadonlyMap<number, AnyTensor>) => Lowering;

/** The programs of an entry, if it is one that has some. */
export function nestedOf(entry: Entry, lower: Lower): Nested | null {
  const make = makers[entry.operation.name];
  return make === undefined ? null : make(entry, lower);
}

const makers: Readonly<Record<string, (entry: Entry, lower: Lower) => Nested>> = {
  checkpoint: (entry, lower) => {
    const inner = lower(optimize((entry.attributes as { readonly program: Program }).program, settings.passes).program);
    return {
      parts: [inner],
      place: (around) => giveAll(inner, entry.inputs, around),
      emit: (body, around, emission) => {
        inner.emit(body, emission);
        copyResults(body, inner, entry.outputs, around);
      },
    };
  },

  cond: (entry, lower) => {
    const { onTrue, onFalse } = entry.attributes as { readonly onTrue: Program; readonly onFalse: Program };
    const branches = [onTrue, onFalse].map((branch) => lower(optimize(branch, settings.passes).program));
    const [predicate, ...inputs] = entry.inputs;
    return {
      parts: branches,
      place: (around) => {
        for (const branch of branches) giveAll(branch, inputs, around);
      },
      emit: (body, around, emission) => {
        const [yes, no] = branches.map((branch) => () => {
          branch.emit(body, emission);
          copyResults(body, branch, entry.outputs, around);
        });
        body.if(loads.u8(i32.const(around.addressOf(predicate!))), yes!, no!);
      },
    };
  },

  whileLoop: (entry, lower) => {
    const attributes = entry.attributes as {
      readonly condition: Program;
      readonly body: Program;
      readonly constants: number;
    };
    const { constants } = attributes;
    const condition = lower(optimize(attributes.condition, settings.passes).program);
    const step = lowerStep(attributes.body, constants, entry.inputs.length - constants, lower);
    let carried: Carried;
    return {
      parts: [condition, step],
      place: (around) => {
        giveAll(condition, entry.inputs.slice(0, constants), around);
        giveAll(step, entry.inputs.slice(0, constants), around);
        carried = new Carried(step, constants, entry.inputs.length - constants, around);
        carried.giveTo(condition, constants);
      },
      emit: (body, around, emission) => {
        carried.start(body, entry.inputs.slice(constants), around);
        const goesOn = body.local("i32", i32.const(1));
        body.while(
          () => goesOn,
          () => {
            condition.emit(body, emission);
            body.set(goesOn, loads.u8(i32.const(condition.layout.addressOf(condition.program.outputs[0]!))));
            body.if(goesOn, () => {
              step.emit(body, emission);
              carried.advance(body);
            });
          },
        );
        carried.end(body, entry.outputs, around);
      },
    };
  },

  scan: (entry, lower) => {
    const attributes = entry.attributes as {
      readonly body: Program;
      readonly constants: number;
      readonly carried: number;
      readonly length: number;
      readonly reverse: boolean;
    };
    const { constants, carried: count, length, reverse } = attributes;
    const step = lowerStep(attributes.body, constants, count, lower);
    const { inputs, outputs } = step.program;
    const slices = inputs.slice(constants + count);
    let carried: Carried;
    return {
      parts: [step],
      place: (around) => {
        giveAll(step, entry.inputs.slice(0, constants), around);
        carried = new Carried(step, constants, count, around);
        for (const slice of slices) step.layout.give(slice, around.allocate(bytesOf(slice)));
      },
      emit: (body, around, emission) => {
        carried.start(body, entry.inputs.slice(constants, constants + count), around);
        const [i, place] = body.locals("i32", "i32");
        body.set(i, i32.const(0));
        /** The address of what an array holds of this step. */
        const within = (all: AnyTensor, one: AnyTensor): I32 =>
          i32.add(i32.const(around.addressOf(all)), i32.mul(place, i32.const(bytesOf(one))));
        body.for(i, i32.const(length), 1, () => {
          body.set(place, reverse ? i32.sub(i32.const(length - 1), i) : i);
          for (const [j, slice] of slices.entries()) {
            const from = within(entry.inputs[constants + count + j]!, slice);
            body.do(copyBytes(i32.const(step.layout.addressOf(slice)), from, i32.const(bytesOf(slice))));
          }
          step.emit(body, emission);
          for (const [j, output] of outputs.slice(count).entries()) {
            const to = within(entry.outputs[count + j]!, output);
            body.do(copyBytes(to, i32.const(step.layout.addressOf(output)), i32.const(bytesOf(output))));
          }
          carried.advance(body);
        });
        carried.end(body, entry.outputs, around);
      },
    };
  },
};

const copy = (body: Body, to: number, from: number, bytes: number): void => {
  if (bytes > 0 && to !== from) body.do(copyBytes(i32.const(to), i32.const(from), i32.const(bytes)));
};

/** The first inputs of a program are tensors of the one around it. */
function giveAll(inner: Lowering, inputs: readonly AnyTensor[], around: Layout): void {
  for (const [i, input] of inputs.entries()) inner.layout.give(inner.program.inputs[i]!, around.addressOf(input));
}

function copyResults(body: Body, inner: Lowering, results: readonly AnyTensor[], around: Layout): void {
  for (const [i, result] of results.entries())
    copy(body, around.addressOf(result), inner.layout.addressOf(inner.program.outputs[i]!), bytesOf(result));
}

/** The tensor that another one is in another shape. */
function rootIn({ entries }: Program, tensor: AnyTensor): AnyTensor {
  const maker = entries.find(({ outputs }) => outputs.includes(tensor));
  return maker && isView(maker) ? rootIn({ entries } as Program, maker.inputs[0]!) : tensor;
}

/**
 * A program whose first outputs become its inputs, from a place on, at the next step. They lie where the inputs do, unless inputs only change
 * places.
 */
function lowerStep(source: Program, first: number, count: number, lower: Lower): Lowering {
  const { program } = optimize(source, settings.passes);
  const carried = program.inputs.slice(first, first + count);
  const isMoved = program.outputs.slice(0, count).some((output, i) => {
    const root = rootIn(program, output);
    return root !== carried[i] && program.inputs.includes(root);
  });
  return lower(program, isMoved ? undefined : new Map(carried.map((input, i) => [i, input])));
}

/** What a loop hands on from step to step: inputs of its program, from a place on, which its first outputs become. */
class Carried {
  readonly #step: Lowering;
  readonly #inputs: readonly AnyTensor[];
  readonly #outputs: readonly AnyTensor[];
  /** Where outputs wait that are inputs themselves, which change places. */
  readonly #waiting: readonly number[];

  constructor(step: Lowering, first: number, count: number, around: Layout) {
    this.#step = step;
    this.#inputs = step.program.inputs.slice(first, first + count);
    this.#outputs = step.program.outputs.slice(0, count);
    for (const input of this.#inputs) step.layout.give(input, around.allocate(bytesOf(input)));
    const isSettled = step.layout.residents.size > 0;
    this.#waiting = isSettled ? [] : this.#outputs.map((output) => around.allocate(bytesOf(output)));
  }

  /** Another program of the loop reads the same. */
  giveTo({ program, layout }: Lowering, first: number): void {
    for (const [i, input] of this.#inputs.entries())
      layout.give(program.inputs[first + i]!, this.#step.layout.addressOf(input));
  }

  start(body: Body, values: readonly AnyTensor[], around: Layout): void {
    for (const [i, input] of this.#inputs.entries())
      copy(body, this.#step.layout.addressOf(input), around.addressOf(values[i]!), bytesOf(input));
  }

  advance(body: Body): void {
    this.#step.settle(body);
    const { layout } = this.#step;
    for (const [i, waiting] of this.#waiting.entries())
      copy(body, waiting, layout.addressOf(this.#outputs[i]!), bytesOf(this.#outputs[i]!));
    for (const [i, waiting] of this.#waiting.entries())
      copy(body, layout.addressOf(this.#inputs[i]!), waiting, bytesOf(this.#inputs[i]!));
  }

  end(body: Body, results: readonly AnyTensor[], around: Layout): void {
    for (const [i, input] of this.#inputs.entries())
      copy(body, around.addressOf(results[i]!), this.#step.layout.addressOf(input), bytesOf(input));
  }
}
