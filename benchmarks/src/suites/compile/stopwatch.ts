/** Time by stage; a stage within another counts for itself only. */
export class Stopwatch {
  readonly #times = new Map<string, number>();
  /** The stages that are on, the innermost last. */
  readonly #stages: string[];
  #since = performance.now();

  constructor(stage: string) {
    this.#stages = [stage];
  }

  /** The outermost stage is over, and this one begins. */
  moveOn(stage: string): void {
    this.#book();
    this.#stages[0] = stage;
  }

  /** Runs what belongs to a stage. */
  time<T>(stage: string, work: () => T): T {
    this.#book();
    this.#stages.push(stage);
    try {
      return work();
    } finally {
      this.#book();
      this.#stages.pop();
    }
  }

  /** Puts a stage around a method. */
  watch<Name extends string>(stage: string, of: Readonly<Record<Name, (...args: never[]) => unknown>>, name: Name) {
    const original = of[name];
    const watch = this;
    Object.assign(of, {
      [name](this: unknown, ...args: never[]): unknown {
        return watch.time(stage, () => original.apply(this, args));
      },
    });
  }

  /** Milliseconds by stage. */
  times(): Record<string, number> {
    this.#book();
    return Object.fromEntries(this.#times);
  }

  #book(): void {
    const now = performance.now();
    const stage = this.#stages.at(-1)!;
    this.#times.set(stage, (this.#times.get(stage) ?? 0) + now - this.#since);
    this.#since = now;
  }
}
