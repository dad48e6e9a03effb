import { MultiBar, Presets, type SingleBar } from "cli-progress";

/** One thing that takes a while. */
export interface Task {
  /** How far it is, and a word on how it goes: "cost 0.1234". */
  update(done: number, note: string): void;
  finish(note: string): void;
}

/** Where the examples say how far they are. */
export interface Progress {
  task(name: string, total: number): Task;
  /** Called when nothing more will come; prints must wait until then. */
  stop(): void;
}

/** Says nothing: for tests. */
export const silent: Progress = {
  task: () => ({ update: () => {}, finish: () => {} }),
  stop: () => {},
};

const NAME_WIDTH = 22;

/** One bar per task in a terminal; in a file or a pipe one line per finished task. */
export function progressBars(): Progress {
  return process.stdout.isTTY ? bars() : lines();
}

function bars(): Progress {
  const format = `  {name} {bar} {percentage}% · {note}`;
  const all = new MultiBar(
    { format, hideCursor: true, barsize: 28, fps: 8, forceRedraw: true, autopadding: true },
    Presets.shades_classic,
  );
  return {
    task: (name, total) => {
      const bar: SingleBar = all.create(total, 0, { name: name.padEnd(NAME_WIDTH), note: "" });
      return {
        update: (done, note) => bar.update(done, { note }),
        finish: (note) => {
          bar.update(total, { note });
          // Training never gives the event loop a chance, on whose timers the bars are otherwise redrawn.
          all.update();
        },
      };
    },
    stop: () => all.stop(),
  };
}

function lines(): Progress {
  return {
    task: (name) => ({
      update: () => {},
      finish: (note) => console.log(`  ${name.padEnd(NAME_WIDTH)} ${note}`),
    }),
    stop: () => {},
  };
}
