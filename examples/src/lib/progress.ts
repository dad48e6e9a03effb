import { Presets, SingleBar } from "cli-progress";

/** One thing that takes a while. */
export interface Task {
  /** How far it is, and a word on how it goes: "cost 0.1234". */
  update(done: number, note: string): void;
  finish(note: string): void;
}

/** Where the examples say how far they are. */
export interface Progress {
  task(name: string, total: number): Task;
}

/** Says nothing: for tests. */
export const silent: Progress = {
  task: () => ({ update: () => {}, finish: () => {} }),
};

const NAME_WIDTH = 20;

/** One bar per task in a terminal; in a file or a pipe one line per finished task. */
export function progressBars(): Progress {
  return process.stdout.isTTY ? bars() : lines();
}

/** Training gives the event loop no chance, but a bar of this library is also redrawn by updates, ten times a second. */
function bars(): Progress {
  return {
    task: (name, total) => {
      const format = `  ${name.padEnd(NAME_WIDTH)} {bar} {percentage}% · {note}`;
      const bar = new SingleBar({ format, hideCursor: true, barsize: 20, autopadding: true }, Presets.shades_classic);
      bar.start(total, 0, { note: "" });
      return {
        update: (done, note) => bar.update(done, { note }),
        finish: (note) => {
          bar.update(total, { note });
          bar.stop();
        },
      };
    },
  };
}

function lines(): Progress {
  return {
    task: (name) => ({
      update: () => {},
      finish: (note) => console.log(`  ${name.padEnd(NAME_WIDTH)} ${note}`),
    }),
  };
}
