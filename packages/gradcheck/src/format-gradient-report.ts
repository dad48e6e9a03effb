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
  // The second order is looked at only where the first is right.
  const derivative = report.paths.some(({ verdict, order }) => verdict === "fail" && order === 2)
    ? "second derivative"
    : "derivative";
  const { paths, worst, culprits, kinks, isBeside, problems, taylorSlope, dtypeNote, dependent } = report;
  return [
    headline(report),
    ...table(paths),
    ...problems.map(({ kind, message }) => `${kind}: ${message}`),
    ...culprits.slice(0, TOLD).map((culprit) => culpritText(culprit, derivative)),
    ...(worst === null ? [] : [worstText(worst, derivative)]),
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

function headline({ verdict, dtype, evaluations, isReplayed, ...report }: GradientReport): string {
  const words = { pass: passText, fail: failText, inconclusive: unclearText }[verdict](report);
  return `${verdict}: ${words} (${dtype}, ${evaluations} evaluations${isReplayed ? ", by replay" : ""})`;
}

type Headed = Pick<GradientReport, "order" | "modes" | "paths" | "problems" | "resolvingPower">;

function passText({ order, modes, resolvingPower }: Headed): string {
  const what = order === 2 ? "the gradient and its derivatives" : "the gradient";
  const differences = order === 2 ? "agree with their differences" : "agrees with its differences";
  const said = modes.includes("numeric") ? `${what} ${differences}` : `forward and reverse mode agree on ${what}`;
  return `${said}; a relative error of ${digits(resolvingPower)} would have been seen`;
}

function failText({ paths, problems, ...report }: Headed): string {
  const wrong = count(paths, "fail");
  if (wrong === 0) return `see ${problems.map(({ kind }) => kind).join(", ")}`;
  return `${wrong} of ${paths.length} ${gradientsOf(report)} are wrong`;
}

function unclearText({ paths, modes, ...report }: Headed): string {
  const cause = modes.includes("numeric") ? "the differences are too coarse" : "they are lost in rounding";
  return `${count(paths, "inconclusive")} of ${paths.length} ${gradientsOf(report)} could not be told: ${cause}`;
}

const count = (paths: readonly PathReport[], verdict: PathReport["verdict"]): number =>
  paths.filter((path) => path.verdict === verdict).length;

const gradientsOf = ({ order }: Pick<Headed, "order">): string =>
  order === 2 ? "gradients and second derivatives" : "gradients";

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

type Derivative = "derivative" | "second derivative";

function worstText(
  { path, index, analytic, numeric, tolerance, ratio }: ElementReport,
  derivative: Derivative,
): string {
  const title = derivative === "derivative" ? "worst" : `worst ${derivative}`;
  const place = `${path || "the argument"}${index.length > 0 ? `[${index.join(", ")}]` : ""}`;
  return `${title}: ${place} analytic ${analytic} numeric ${numeric} ± ${digits(tolerance)} ratio ${Number(ratio.toPrecision(7))}`;
}

function culpritText({ entry, operation, argument, diagnosis }: Culprit, derivative: Derivative): string {
  const part = argument === null ? "its cotangent" : `its argument ${argument}`;
  return `entry ${entry} (${operation}) is wrong by itself, in the ${derivative} by ${part}${diagnosis === null ? "" : `: ${diagnosis}`}`;
}

function kinkText({ order, entry, operation, index, isTie }: Kink): string {
  const element = index.length > 0 ? `, element [${index.join(", ")}]` : "";
  return `kink at entry ${entry} (${operation})${order === 2 ? " of the pull-back" : ""}${element}${isTie ? ": the point lies on it" : ", stepped around"}`;
}

/** Two digits are enough for an error. */
const digits = (x: number): string =>
  x === 0 || (x >= 0.01 && x < 1000) ? String(Number(x.toPrecision(2))) : x.toExponential(1);
