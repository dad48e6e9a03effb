import { ArgumentError } from "@tapegrad/core/functions";
import { checkCount, checkSize, shown } from "./options.ts";
import type { Schedule } from "./schedule.ts";

function checkSchedule(name: string, schedule: unknown): void {
  if (typeof schedule === "function") return;
  throw new ArgumentError(name, `a schedule is ${shown(schedule)}`, "give a function of the step, as in constant(0.1)");
}

/**
 * A rise in a line over `steps` steps to where a schedule begins, which then counts from 0.
 * @throws ArgumentError for what is no schedule, or no positive whole number of steps.
 * @example
 * const schedule = warmup(stepDecay(0.1, 30, 0.5), 10);
 * [schedule(0), schedule(9), schedule(10), schedule(40)]; // [0.01, 0.1, 0.1, 0.05]
 */
export function warmup(schedule: Schedule, steps: number): Schedule {
  checkSchedule("warmup", schedule);
  checkCount("warmup", { steps });
  return (step) => (step < steps ? (schedule(0) * (step + 1)) / steps : schedule(step - steps));
}

/**
 * One schedule after another, each for a number of steps and counting from 0; the last stays.
 * @throws ArgumentError for no parts, or parts that are no schedule and a positive whole number of steps.
 * @example
 * const schedule = sequential([[constant(0.1), 5], [linear(0.1, 0, 10), 10]]);
 * [schedule(4), schedule(10), schedule(100)]; // [0.1, 0.05, 0]
 */
export function sequential(parts: readonly (readonly [schedule: Schedule, steps: number])[]): Schedule {
  if (!Array.isArray(parts) || parts.length === 0)
    throw new ArgumentError("sequential", "there are no parts", "give pairs of a schedule and its number of steps");
  for (const part of parts) {
    if (!Array.isArray(part))
      throw new ArgumentError("sequential", `a part is ${shown(part)}`, "give pairs, as in [constant(0.1), 5]");
    const [schedule, steps] = part;
    checkSchedule("sequential", schedule);
    checkCount("sequential", { steps });
  }
  return (step) => {
    let begun = 0;
    for (const [schedule, steps] of parts.slice(0, -1)) {
      if (step < begun + steps) return schedule(step - begun);
      begun += steps;
    }
    return parts.at(-1)![0](step - begun);
  };
}

/**
 * The product of schedules and numbers, step by step: to scale one, or to let one dampen another.
 * @throws ArgumentError for a factor that is neither a schedule nor a finite number that is 0 or more.
 * @example
 * product(0.5, exponentialDecay(0.1, 0.5))(1); // 0.025
 */
export function product(...factors: readonly (Schedule | number)[]): Schedule {
  for (const factor of factors) {
    if (typeof factor === "number") checkSize("product", { factor });
    else checkSchedule("product", factor);
  }
  return (step) =>
    factors.reduce<number>((all, factor) => all * (typeof factor === "number" ? factor : factor(step)), 1);
}
