import { readFileSync } from "node:fs";
import { runCases, type Tally } from "./run-cases.ts";

// `pnpm oracle [file]`: runs numeric cases through the public interface, and exits 1 if one failed.

const file = process.argv[2] ?? new URL("../../tests/fixtures/oracle/cases.json", import.meta.url);
const { total, groups, failures, missing } = runCases(JSON.parse(readFileSync(file, "utf8")).cases);

const show = ({ passed, failed, unsupported }: Tally): string =>
  `${passed} passed, ${failed} failed, ${unsupported} unsupported`;
const width = Math.max(0, ...[...groups.keys()].map((name) => name.length));

for (const [name, tally] of groups) console.log(`${name.padEnd(width)}  ${show(tally)}`);
for (const failure of failures) console.log(`FAILED ${failure}`);
if (missing.length > 0) console.log(`not here yet: ${missing.join(", ")}`);
console.log(show(total));
process.exitCode = total.failed > 0 ? 1 : 0;
