/**
 * Trains a network in a real browser on the built packages, operation by operation and compiled, three times: on WebAssembly with threads (the page is isolated from other
 * origins), without threads, and under a security policy that forbids WebAssembly. The losses must agree. Needs a build and Chromium;
 * without one it says so and ends well.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path !== undefined && existsSync(path),
);
if (executablePath === undefined) {
  console.log("skipped: there is no Chromium; install the package chromium, or name one in the variable CHROMIUM");
  process.exit(0);
}

/** What a page is served with, and what it must report. */
interface Setting {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expected: { readonly wasm: boolean; readonly isolated: boolean; readonly kernels: RegExp };
}

const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const settings: readonly Setting[] = [
  {
    name: "isolated",
    headers: isolation,
    expected: { wasm: true, isolated: true, kernels: /^WebAssembly.*, [2-9]\d* threads/ },
  },
  {
    name: "not isolated",
    headers: {},
    expected: { wasm: true, isolated: false, kernels: /^WebAssembly.*, 1 thread$/ },
  },
  {
    name: "without WebAssembly",
    headers: { "Content-Security-Policy": "script-src 'self' 'unsafe-inline'" },
    expected: { wasm: false, isolated: false, kernels: /^plain loops$/ },
  },
];

const imports = {
  "@tapegrad/core": "/packages/core/dist/index.js",
  "@tapegrad/core/functions": "/packages/core/dist/functions.js",
  "@tapegrad/nn": "/packages/nn/dist/index.js",
  "@tapegrad/optim": "/packages/optim/dist/index.js",
  immer: "/packages/optim/node_modules/immer/dist/immer.mjs",
};
const html = `<!doctype html><meta charset="utf-8"><title>tapegrad</title>
<script>globalThis.process = { env: { NODE_ENV: "production" } };</script>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="/scripts/browser/page.js"></script>`;
const types: Readonly<Record<string, string>> = { ".js": "text/javascript", ".mjs": "text/javascript" };

let headers: Setting["headers"] = {};
const server = createServer(({ url }, response) => {
  const path = new URL(url ?? "/", "http://localhost").pathname;
  const file = join(root, normalize(path));
  if (path !== "/" && !(existsSync(file) && extname(file) in types)) {
    response.writeHead(404).end();
    return;
  }
  const type = path === "/" ? "text/html" : types[extname(file)]!;
  response.writeHead(200, { ...headers, "Content-Type": type }).end(path === "/" ? html : readFileSync(file));
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

interface Report {
  readonly losses: readonly number[];
  /** Of the same training, compiled. */
  readonly compiled: readonly number[];
  readonly wasm: boolean;
  readonly isolated: boolean;
  readonly kernels: string;
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const problems: string[] = [];
let first: Report | undefined;
for (const { name, headers: own, expected } of settings) {
  headers = own;
  const page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  page.on(
    "console",
    (message) => message.type() === "error" && !/favicon/.test(message.text()) && console.log(`  ${message.text()}`),
  );
  await page.goto(address);
  const report = (await page
    .waitForFunction(() => (globalThis as { report?: unknown }).report, undefined, { timeout: 60_000 })
    .then((handle) => handle.jsonValue())
    .catch((error: Error) => problems.push(`${name}: no report (${error.message.split("\n")[0]})`) && undefined)) as
    | Report
    | undefined;
  await page.close();
  if (report === undefined) continue;
  const { losses, compiled, wasm, isolated, kernels } = report;
  console.log(`${name}: ${kernels}; loss from ${losses[0]!.toFixed(4)} to ${losses.at(-1)!.toFixed(4)}`);
  if (wasm !== expected.wasm || isolated !== expected.isolated)
    problems.push(`${name}: the page is not as it was meant to be`);
  if (!expected.kernels.test(kernels)) problems.push(`${name}: it ran on ${kernels}`);
  if (!(losses.at(-1)! < losses[0]! / 2)) problems.push(`${name}: the loss does not fall`);
  const apart = Math.max(...losses.map((loss, i) => Math.abs(loss - compiled[i]!)));
  if (!(apart < 1e-3)) problems.push(`${name}: losses of the compiled steps differ by ${apart}`);
  first ??= report;
  const worst = Math.max(...losses.map((loss, i) => Math.abs(loss - first!.losses[i]!)));
  if (!(worst < 1e-3)) problems.push(`${name}: losses differ by ${worst} from those of ${settings[0]!.name}`);
}
await browser.close();
server.close();
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "the browser agrees" : `${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
