import type { Culprit, ElementReport, GradientReport, Kink, PathReport } from "./gradient-report.ts";

/** Kinks, and operations to blame, that are written out. */
const TOLD = 4;

/**
 * A report as text: the verdict, a line for each parameter, and what else is to be known.
 * @example
 * const report = checkGradients((x: Tensor) => sum(exp(x)), tensor([1, 2], { dtype: "float64" }));
 * formatGradientReport(report).startsWith("pass: the gradient agrees with its differences"); // true
 */
export function formatGradientReport(report: GradientReport): string {
  const { paths, worst, culprits, kinks, isBeside, problems, taylorSlope, dtypeNote, dependent } = report;
  return [
    headline(report),
    ...table(paths),
    ...problems.map(({ kind, message }) => `${kind}: ${message}`),
    ...culprits.slice(0, TOLD).map(culpritText),
    ...(worst === null ? [] : [worstText(worst)]),
    ...(taylorSlope === null
      ? []
      : [`Taylor remainder falls as h^${taylorSlope.toFixed(2)} (2 for a right gradient, 1 for a wrong one)`]),
    ...kinks.slice(0, TOLD).map(kinkText),
    ...(kinks.length > TOLD ? [`... and ${kinks.length - TOLD} kinks more`] : []),
    ...(isBeside ? ["the point lies on many kinks: another one was checked, beside it"] : []),
    ...(dtypeNote === null ? [] : [dtypeNote]),
    ...(dependent.length === 0
      ? []
      : [`forward mode is made of reverse mode, so not independent: ${dependent.join(", ")}`]),
  ].join("\n");
}

function headline({
  verdict,
  order,
  paths,
  resolvingPower,
  evaluations,
  isReplayed,
  dtype,
  problems,
}: GradientReport): string {
  const wrong = paths.filter((path) => path.verdict === "fail").length;
  const unclear = paths.filter((path) => path.verdict === "inconclusive").length;
  const of = order === 2 ? "gradients and second derivatives" : "gradients";
  const words = {
    pass: `the ${order === 2 ? "gradient and its derivatives agree" : "gradient agrees"} with ${order === 2 ? "their" : "its"} differences; a relative error of ${digits(resolvingPower)} would have been seen`,
    fail:
      wrong > 0 ? `${wrong} of ${paths.length} ${of} are wrong` : `see ${problems.map(({ kind }) => kind).join(", ")}`,
    inconclusive: `${unclear} of ${paths.length} ${of} could not be told: the differences are too coarse`,
  };
  return `${verdict}: ${words[verdict]} (${dtype}, ${evaluations} evaluations${isReplayed ? ", by replay" : ""})`;
}

function table(paths: readonly PathReport[]): string[] {
  const names = paths.map(({ path, order }) =>
    order === 2 ? `${path || "the argument"}, second order` : path || "the argument",
  );
  const width = Math.max(0, ...names.map((name) => name.length));
  return paths.map((path, i) => `  ${names[i]!.padEnd(width)}  ${rowText(path)}`);
}

function rowText({ verdict, multiple, resolvingPower, vanishes, diagnosis }: PathReport): string {
  if (verdict === "fail")
    return `FAIL  error ${digits(multiple)} × tolerance${diagnosis === null ? "" : `; ${diagnosis}`}`;
  const seen = vanishes
    ? `it vanishes; ${digits(resolvingPower)} of the results would be seen`
    : `would see ${digits(resolvingPower)}`;
  if (verdict === "pass") return `pass  error ${digits(multiple)} × tolerance, ${seen}`;
  return Number.isFinite(resolvingPower)
    ? `?     would see a relative error of ${digits(resolvingPower)} only`
    : "?     nothing could be compared";
}

function worstText({ path, index, analytic, numeric, tolerance, ratio }: ElementReport): string {
  const place = `${path || "the argument"}${index.length > 0 ? `[${index.join(", ")}]` : ""}`;
  return `worst: ${place} analytic ${analytic} numeric ${numeric} ± ${digits(tolerance)} ratio ${Number(ratio.toPrecision(7))}`;
}

function culpritText({ entry, operation, argument, diagnosis }: Culprit): string {
  const part = argument === null ? "its cotangent" : `its argument ${argument}`;
  return `entry ${entry} (${operation}) is wrong by itself, in the derivative by ${part}${diagnosis === null ? "" : `: ${diagnosis}`}`;
}

function kinkText({ order, entry, operation, index, isTie }: Kink): string {
  const element = index.length > 0 ? `, element [${index.join(", ")}]` : "";
  return `kink at entry ${entry} (${operation})${order === 2 ? " of the pull-back" : ""}${element}${isTie ? ": the point lies on it" : ", stepped around"}`;
}

/** Two digits are enough for an error. */
const digits = (x: number): string =>
  x === 0 || (x >= 0.01 && x < 1000) ? String(Number(x.toPrecision(2))) : x.toExponential(1);
