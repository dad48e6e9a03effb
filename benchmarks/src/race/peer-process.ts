import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Command, Ready, Reply } from "./protocol.ts";

/** How to start the process of a peer. */
export interface Start {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** How long a peer may think about one command. */
const PATIENCE_MILLISECONDS = 5 * 60_000;
/** How much of what a peer wrote to standard error goes into an error. */
const TAIL = 600;

/** The process of a peer: one command at a time, one answer each. */
export class PeerProcess {
  readonly started: number = performance.now();
  readonly version: Promise<string>;
  readonly ended: Promise<void>;
  private readonly process: ChildProcess;
  private waiting: { resolve(line: string): void; reject(error: Error): void } | undefined;
  private complaints = "";

  constructor({ file, arguments: rest, environment }: Start) {
    this.process = spawn(file, rest, { env: { ...process.env, ...environment }, stdio: "pipe" });
    createInterface({ input: this.process.stdout! }).on("line", (line) => this.waiting?.resolve(line));
    this.process.stderr!.on("data", (text) => {
      this.complaints = (this.complaints + text).slice(-TAIL);
    });
    const end = (why: string): void => this.waiting?.reject(new Error(`${why}\n${this.complaints}`));
    this.process.on("error", ({ message }) => end(message));
    this.process.on("close", (code, signal) => end(`the process ended with ${signal ?? `code ${code}`}`));
    this.ended = new Promise((resolve) => this.process.on("close", () => resolve()));
    // A command to a process that has just ended is refused by `close`, not here.
    this.process.stdin!.on("error", () => {});
    this.version = this.line().then((line) => (JSON.parse(line) as Ready).version);
    // It may have failed before anyone asks.
    this.version.catch(() => {});
  }

  /** @throws Error with what the peer says is wrong, when its process ends, or when it takes five minutes. */
  async send<C extends Command>(command: C): Promise<Exclude<Reply<C["command"]>, { readonly error: string }>> {
    await this.version;
    const answer = this.line();
    this.process.stdin!.write(`${JSON.stringify(command)}\n`);
    const reply = JSON.parse(await answer) as Reply<C["command"]>;
    if ("error" in reply) throw new Error(reply.error);
    return reply as Exclude<Reply<C["command"]>, { readonly error: string }>;
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }

  private async line(): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        if (this.process.exitCode !== null) reject(new Error(`the process has ended\n${this.complaints}`));
        this.waiting = { resolve, reject };
        timer = setTimeout(() => {
          this.kill();
          reject(new Error(`no answer within ${PATIENCE_MILLISECONDS / 60_000} minutes`));
        }, PATIENCE_MILLISECONDS);
      });
    } finally {
      clearTimeout(timer);
      this.waiting = undefined;
    }
  }
}
