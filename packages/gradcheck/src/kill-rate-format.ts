import type { KillReport, OperationKills, Tally } from "./kill-rate.ts";
import { describeMutation } from "./mutate-rule.ts";

/**
 * A report as text: a row for each operation with its mutants of both orders (planted, equivalent, killed, survived), then the survivors.
 * @example
 * formatKillReport(killRate({ exp }, { every: 5 })).split("\n")[0].startsWith("operation"); // true
 */
export function formatKillReport({ operations, total, survivors, equivalents, alarms }: KillReport): string {
  const rows = [...operations, { operation: "all", orders: total }];
  const width = Math.max(...rows.map(({ operation }) => operation.length));
  return [
    `${"operation".padEnd(width)}  ${HEAD}  ${HEAD.replace("order 1", "order 2")}`,
    ...rows.map((row) => rowText(row, width)),
    ...survivors.map(
      ({ operation, mutation, size, verdict }) =>
        `survived: ${operation} at ${size}, ${describeMutation(mutation)} (${verdict})`,
    ),
    ...equivalents.map(
      ({ operation, mutation, inputs }) =>
        `equivalent: ${operation}, ${describeMutation(mutation)}: the same numbers on ${inputs} inputs`,
    ),
    ...alarms.map((alarm) => `fails as it is: ${alarm}`),
    `killed ${percent(killRateOf(total[0]))} of the mutants wrong at order 1, ${percent(killRateOf(total[1]))} of those wrong at order 2 only`,
  ].join("\n");
}

const HEAD = "order 1: planted  equivalent  killed  survived";

/**
 * What part of the mutants was killed, leaving out those that are equivalent; 1 where there are no others.
 * @example
 * killRateOf({ planted: 12, equivalent: 2, killed: 9, survived: 1 }); // 0.9
 */
export function killRateOf({ planted, equivalent, killed }: Tally): number {
  return planted === equivalent ? 1 : killed / (planted - equivalent);
}

function rowText({ operation, orders }: OperationKills, width: number): string {
  const cells = orders.map(({ planted, equivalent, killed, survived }) =>
    [
      String(planted).padStart(16),
      String(equivalent).padStart(12),
      String(killed).padStart(8),
      String(survived).padStart(10),
    ].join(""),
  );
  return `${operation.padEnd(width)}  ${cells.join("  ")}`;
}

const percent = (rate: number): string => `${Number((100 * rate).toFixed(2))} %`;
