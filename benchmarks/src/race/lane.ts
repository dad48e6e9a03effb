import { PeerProcess } from "./peer-process.ts";
import type { Peer } from "./peers.ts";
import type { Entry, Measured } from "./results.ts";
import { median, quantile } from "./statistics.ts";

/** A sample is this long at least, so that the clock's own time does not count. */
const SAMPLE_MILLISECONDS = 1;
/** A peer that has been measured for so long has shown what it can, and sits out the rounds that remain. */
const ENOUGH_MILLISECONDS = 12_000;

type Problem = NonNullable<Entry["problem"]>;

/** One peer at one workload, in a process of its own: cold start, two steps to agree upon, then its turns. */
export class Lane {
  readonly peer: Peer;
  /** Values of the first two steps. */
  readonly values: (readonly (number | null)[])[] = [];
  problem: Problem | undefined;
  private readonly process: PeerProcess;
  private version = "";
  private first = 0;
  private firstWithStart = 0;
  private loadedBytes = 0;
  private peakBytes = 0;
  private spent = 0;
  private steps = 0;
  /** Of a step, as last seen. */
  private estimate = 0;
  private readonly samples: number[] = [];
  private readonly cpu: number[] = [];

  constructor(peer: Peer) {
    this.peer = peer;
    this.process = new PeerProcess(peer.start);
  }

  get running(): boolean {
    return this.problem === undefined && this.spent < ENOUGH_MILLISECONDS;
  }

  /** Starts the peer and takes the first two steps. */
  async verify(workload: string, data: string): Promise<void> {
    await this.guard(async () => {
      this.version = await this.process.version;
      const loaded = await this.process.send({ command: "load", workload, data, threads: this.peer.threads });
      if ("skipped" in loaded) {
        this.problem = { kind: "skipped", text: loaded.skipped };
        return;
      }
      this.loadedBytes = loaded.peakBytes;
      const first = await this.process.send({ command: "verify" });
      this.firstWithStart = performance.now() - this.process.started;
      const second = await this.process.send({ command: "verify" });
      this.values.push(first.values, second.values);
      this.first = first.milliseconds;
      this.estimate = second.milliseconds;
    });
  }

  disagrees(text: string): void {
    this.problem = { kind: "disagrees", text };
  }

  /** Runs for about so long, unmeasured, so that what is compiled on the way is compiled. */
  async warmUp(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    do await this.turn(milliseconds / 4, false);
    while (performance.now() < end && this.running);
  }

  /** Runs for about so long. */
  async turn(milliseconds: number, measured = true): Promise<void> {
    if (!this.running) return;
    await this.guard(async () => {
      // Its caches have been others' meanwhile.
      if (measured && this.estimate < milliseconds / 4) {
        await this.process.send({ command: "run", samples: 1, steps: 1 });
      }
      const steps = Math.max(1, Math.ceil(SAMPLE_MILLISECONDS / Math.max(this.estimate, 1e-6)));
      const samples = Math.max(1, Math.round(milliseconds / (steps * Math.max(this.estimate, 1e-6))));
      const ran = await this.process.send({ command: "run", samples: Math.min(samples, 10_000), steps });
      this.estimate = median(ran.milliseconds);
      if (!measured) return;
      this.spent += ran.milliseconds.reduce((a, b) => a + b) * steps;
      this.steps += ran.milliseconds.length * steps;
      this.samples.push(...ran.milliseconds);
      this.cpu.push(ran.cpuMilliseconds);
    });
  }

  /** Ends the process. */
  async finish(): Promise<Entry> {
    if (this.problem?.kind !== "failed") {
      await this.guard(async () => {
        this.peakBytes = (await this.process.send({ command: "quit" })).peakBytes;
      });
    }
    this.process.kill();
    const entry = { peer: this.peer.name, version: this.version };
    if (this.problem !== undefined) return { ...entry, problem: this.problem };
    return { ...entry, measured: this.measured() };
  }

  private measured(): Measured {
    const { samples, cpu, steps, first, firstWithStart, peakBytes, loadedBytes } = this;
    return {
      median: median(samples),
      lower: quantile(samples, 0.25),
      upper: quantile(samples, 0.75),
      shortest: quantile(samples, 0),
      cpu: median(cpu),
      steps,
      first,
      firstWithStart,
      peakBytes,
      loadedBytes,
    };
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.problem = { kind: "failed", text: error instanceof Error ? error.message : String(error) };
    }
  }
}
