import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import benny from "benny";
import type { MeasuredWorkload, Suite, Workload } from "./suite.ts";

// `pnpm bench [suite ...]`: operations per second, ours beside plain loops; JSON goes to benchmarks/results.
// `pnpm bench --peers [workload ...]`: the race against other libraries.
// `pnpm bench layers [workload ...]`: the same for single layers.
// `pnpm bench growth [--peers]`: what a step costs by size.
// `pnpm bench --readme`: the tables of the README, from what was measured last.

/** What is no suite of benny's. */
const runOther = async (args: readonly string[]): Promise<(() => Promise<void>) | null> => {
  if (args.includes("--readme")) {
    const { writeReadme } = await import("./readme.ts");
    return async () => writeReadme();
  }
  if (args.includes("growth")) {
    const { growth } = await import("./growth/growth.ts");
    return () => growth(args.filter((arg) => arg !== "growth"));
  }
  const { race, raceOfLayers } = await import("./race/race.ts");
  if (args.includes("layers")) return () => raceOfLayers(args.filter((arg) => arg !== "layers"));
  if (!args.includes("--peers")) return null;
  return () => race(args);
};

const other = await runOther(process.argv.slice(2));
if (other !== null) {
  await other().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  process.exit();
}

const load: Readonly<Record<string, () => Promise<Suite>>> = {
  overhead: async () => (await import("./suites/overhead.ts")).overhead,
  matmul: async () => (await import("./suites/matmul.ts")).matmuls,
  circles: async () => (await import("./suites/circles.ts")).circles,
  mlp: async () => (await import("./suites/mlp.ts")).mlp,
  compile: async () => (await import("./suites/compile.ts")).compiling,
  crossover: async () => (await import("./suites/crossover.ts")).crossover,
  gradcheck: async () => (await import("./suites/gradcheck.ts")).gradientChecks,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean", short: "h" }, quick: { type: "boolean" } },
});
const unknown = positionals.filter((name) => !(name in load));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no suite ${unknown.join(", ")}.`);
  console.log(
    `pnpm bench [--quick] [${Object.keys(load).join("|")} ...]\npnpm bench --peers [--help] [workload ...]\npnpm bench layers [--help] [workload ...]\npnpm bench growth [--help] [--peers] [series ...]\npnpm bench --readme`,
  );
  process.exit(unknown.length > 0 ? 1 : 0);
}

const folder = fileURLToPath(new URL("../results", import.meta.url));
mkdirSync(folder, { recursive: true });
const options = values.quick ? { minSamples: 5, maxTime: 0.3, minTime: 0.1 } : { minSamples: 20, maxTime: 2 };

async function measure(suite: Suite, { name, flops, contestants }: Workload): Promise<MeasuredWorkload> {
  const slug = `${suite.name}-${name.replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "")}`;
  const { results } = await benny.suite(
    name,
    ...contestants.map((contestant) => benny.add(contestant.name, () => void contestant.run(), options)),
    benny.save({ folder, file: slug, details: true }),
  );
  const [first] = results;
  console.log(`\n${name}`);
  for (const { name: who, details, ops } of results) {
    const seconds = details.median;
    const rate = flops === undefined ? "" : `  ${(flops / seconds / 1e9).toFixed(2).padStart(7)} GFLOP/s`;
    const ratio =
      who === first!.name ? "" : `  ${(seconds / first!.details.median).toFixed(2)} × the time of ${first!.name}`;
    console.log(
      `  ${who.padEnd(12)} ${ops.toLocaleString("en").padStart(12)} per second  ${show(seconds).padStart(10)}${rate}${ratio}`,
    );
  }
  return { name, seconds: Object.fromEntries(results.map(({ name: who, details }) => [who, details.median])) };
}

function show(seconds: number): string {
  if (seconds >= 1e-3) return `${(seconds * 1e3).toFixed(2)} ms`;
  return seconds >= 1e-6 ? `${(seconds * 1e6).toFixed(2)} µs` : `${(seconds * 1e9).toFixed(0)} ns`;
}

for (const name of positionals.length > 0 ? positionals : Object.keys(load)) {
  const suite = await load[name]!();
  console.log(`\n${suite.name}: ${suite.about}`);
  const measured: MeasuredWorkload[] = [];
  for (const workload of suite.workloads) measured.push(await measure(suite, workload));
  await suite.processes?.(values.quick ?? false, measured);
}
