import { type AnyTensor, key, matmul, normal } from "@tapegrad/core";
import { Lowering } from "../../../../packages/core/src/compile/lowering.ts";
import { passes } from "../../../../packages/core/src/compile/passes/index.ts";
import { ModuleBuilder } from "../../../../packages/core/src/wasm/builder.ts";
import { engine } from "../../../../packages/core/src/wasm/engine.ts";
import { cnn } from "../../peers/tapegrad/cnn.ts";
import { circles, mlp } from "../../peers/tapegrad/perceptron.ts";
import { lstm } from "../../peers/tapegrad/recurrent.ts";
import { asProgram, eagerly, type Step, type Training } from "../../peers/tapegrad/training.ts";
import { transformer } from "../../peers/tapegrad/transformer.ts";
import { type Data, readData } from "../../race/data.ts";
import type { FirstCall } from "./results.ts";
import { Stopwatch } from "./stopwatch.ts";

// A process of its own, so that no code has run before: `first-call.ts workload data` prints a `FirstCall` as JSON.

const both = <M, Inputs extends unknown[]>(of: (data: Data) => Training<M, Inputs>) => ({
  eager: (data: Data): Step => eagerly(of(data)),
  program: (data: Data): Step => asProgram(of(data)),
});
const networks = {
  circles: both(circles),
  mlp: both(mlp),
  cnn: both(cnn),
  lstm: both(lstm),
  transformer: both(transformer),
};

const [workload, path, mode] = process.argv.slice(2) as [keyof typeof networks, string, "eager" | "program"];
// The machine itself, which eager operations need as well, is there before.
const x = normal(key(0), [128, 128]) as AnyTensor;
(matmul(x, x) as AnyTensor).data();

const step = networks[workload][mode](readData(path));
if (mode === "eager") {
  const start = performance.now();
  step();
  console.log(JSON.stringify(performance.now() - start));
} else {
  console.log(JSON.stringify(firstCall(step)));
}

function firstCall(step: Step): FirstCall {
  let bytes = 0;
  const watch = new Stopwatch("trace");
  // Passes are the first thing after the trace.
  for (const pass of new Set(passes)) watch.watch("passes", pass, "run");
  const lowering = Lowering.prototype;
  for (const name of ["plan", "assign"] as const) watch.watch("plan", lowering, name);
  for (const name of ["emitGroups", "emit"] as const) watch.watch("emission", lowering, name);
  watch.watch("emission", ModuleBuilder.prototype, "encode");
  const { Module, Instance } = engine;
  const dead = passes.at(0)!;
  const { run } = dead;
  Object.assign(dead, {
    run: (program: Parameters<typeof run>[0]) => {
      watch.moveOn("grouping");
      return run(program);
    },
  });
  Object.assign(engine, {
    Module: new Proxy(Module, {
      construct: (target, [code]: ConstructorParameters<typeof Module>) => {
        bytes += code.byteLength;
        return watch.time("engine", () => new target(code));
      },
    }),
    Instance: new Proxy(Instance, {
      construct: (target, parts: ConstructorParameters<typeof Instance>) => {
        const made = watch.time("engine", () => new target(...parts));
        watch.moveOn("first run");
        return made;
      },
    }),
  });
  step();
  const milliseconds = watch.times();
  const start = performance.now();
  step();
  return { milliseconds, second: performance.now() - start, moduleBytes: bytes };
}
