import { bestOfAdam, covered, type FitResult, fitPart, hyperNames, start, truth, type Visited } from "../08-fit.ts";
import type { Report } from "../lib/part.ts";
import { percent } from "../lib/terminal.ts";
import { chart, color } from "./charts.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

const evaluationsOf = ({ path }: { readonly path: readonly Visited[] }): number => path.at(-1)!.evaluations;

function fitCard(result: FitResult): Html {
  return card("fit", fitPart.title, String(evaluationsOf(result)), [
    html`evaluations until L-BFGS converged; Adam, at its best rate, needs ${evaluationsOf(bestOfAdam(result))}`,
  ]);
}

async function fitSection(result: FitResult): Promise<Html> {
  const { found, errors, check } = result;
  return section(
    8,
    "fit",
    fitPart.title,
    html`A Gaussian process says how near the values at near places are: by a length scale, an amplitude and a noise. L-BFGS finds those under
      which ${result.points.length} points are most likely. The likelihood has a Cholesky decomposition in it, and gradients go through
      it twice: once to find the numbers, and once more to say how well they are known.`,
    html`
      ${figure(
        await bandChart(result),
        html`<b>What the points say about the curve.</b> The band is two standard deviations wide to each side, the dashed line the curve
          that the points are from: ${percent(covered(result), 0)} of it lies within.`,
      )}
      <div class="scroll"><table>
        <thead><tr><th scope="col"></th>${["start", "found", "true"].map((text) => html`<th scope="col" class="number">${text}</th>`)}</tr></thead>
        <tbody>${hyperNames.map(
          (name) => html`<tr><th scope="row">${name}</th><td class="number">${start[name]}</td>
            <td class="number"><b>${found[name].toFixed(2)}</b> ± ${percent(errors[name], 0)}</td>
            <td class="number">${truth[name]}</td></tr>`,
        )}</tbody>
      </table></div>
      <div class="columns">
        ${figure(
          await pathChart(result),
          html`<b>Two ways down.</b> The cost over length scale and noise: the darker, the less likely the points. L-BFGS takes
            ${result.path.length} steps and ${evaluationsOf(result)} evaluations, and converges; Adam, at the best of
            ${result.adam.length} rates, takes ${evaluationsOf(bestOfAdam(result))} to come as near as a millionth.`,
        )}
        ${note(
          "Where standard errors come from",
          html`They are the roots of the diagonal of the inverse of the Hessian, which <code>hessian</code> takes through the decomposition; its
            lowest eigenvalue is ${Math.min(...result.eigenvalues).toFixed(1)}. First and second derivatives were checked (${check.verdict}, off by
            ${check.relativeError.toExponential(0)}), and the likelihood was computed again in plain loops:
            the two differ by ${result.offByHand.toExponential(0)}.`,
        )}
      </div>
    `,
  );
}

function bandChart({ band, points }: FitResult): Promise<Html> {
  const x = { field: "x", type: "quantitative" as const, title: "x", axis: { grid: false } };
  const y = { field: "y", type: "quantitative" as const, title: "y" };
  return chart(
    {
      width: 860,
      height: 300,
      layer: [
        {
          data: {
            values: band.map(({ x, mean, deviation }) => ({ x, y: mean - 2 * deviation, top: mean + 2 * deviation })),
          },
          mark: { type: "area", color: color.accent, opacity: 0.2 },
          encoding: { x, y, y2: { field: "top" } },
        },
        {
          data: { values: band.map(({ x, truth }) => ({ x, y: truth })) },
          mark: { type: "line", color: color.muted, strokeDash: [5, 5], strokeWidth: 1.5 },
          encoding: { x, y },
        },
        {
          data: { values: band.map(({ x, mean }) => ({ x, y: mean })) },
          mark: { type: "line", color: color.accent },
          encoding: { x, y },
        },
        {
          data: { values: points.map(([x, y]) => ({ x, y })) },
          mark: { type: "point", filled: true, size: 28, color: color.class1, opacity: 1 },
          encoding: { x, y },
        },
      ],
    },
    "A Gaussian process through the points",
  );
}

function pathChart(result: FitResult): Promise<Html> {
  const { lengths, noises, above } = result.landscape;
  const [acrossLength, acrossNoise] = [Math.sqrt(lengths[1]! / lengths[0]!), Math.sqrt(noises[1]! / noises[0]!)];
  const cells = lengths.flatMap((length, i) =>
    noises.map((noise, j) => ({
      x: length / acrossLength,
      right: length * acrossLength,
      y: noise / acrossNoise,
      top: noise * acrossNoise,
      // Steps of a contour: the cost doubles from one to the next.
      level: Math.min(8, Math.max(0, Math.floor(Math.log2(above[i * noises.length + j]! + 0.5) + 1))),
    })),
  );
  const placeOf =
    (name: string) =>
    ({ at, evaluations }: Visited) => ({ x: at.length, y: at.noise, evaluations, name });
  const first = { at: start, value: 0, evaluations: 0 };
  const paths = [...[first, ...result.path].map(placeOf("L-BFGS")), ...bestOfAdam(result).path.map(placeOf("Adam"))];
  const scale = { type: "log" as const, nice: false };
  const x = {
    field: "x",
    type: "quantitative" as const,
    title: "length scale",
    axis: { grid: false, values: [0.3, 0.5, 1, 2, 4] },
  };
  const y = {
    field: "y",
    type: "quantitative" as const,
    title: "noise",
    axis: { grid: false, values: [0.1, 0.2, 0.5, 1, 2] },
  };
  const xs = { ...x, scale: { ...scale, domain: [lengths[0]!, lengths.at(-1)!] } };
  const ys = { ...y, scale: { ...scale, domain: [noises[0]!, noises.at(-1)!] } };
  const names = {
    field: "name",
    type: "nominal" as const,
    scale: { domain: ["L-BFGS", "Adam"], range: [color.accent, color.class1] },
  };
  return chart(
    {
      width: 400,
      height: 320,
      layer: [
        {
          data: { values: cells },
          mark: { type: "rect", color: color.muted, clip: true },
          encoding: {
            x: xs,
            x2: { field: "right" },
            y: ys,
            y2: { field: "top" },
            opacity: {
              field: "level",
              type: "quantitative",
              scale: { domain: [0, 8], range: [0, 0.75] },
              legend: null,
            },
          },
        },
        {
          data: { values: paths },
          mark: { type: "line", clip: true, strokeWidth: 1.8, point: { size: 18, filled: true } },
          encoding: {
            x: xs,
            y: ys,
            order: { field: "evaluations" },
            color: { ...names, legend: { symbolType: "stroke" } },
          },
        },
        {
          data: { values: [{ x: result.found.length, y: result.found.noise }] },
          mark: { type: "point", shape: "cross", filled: true, size: 110, color: color.ink, opacity: 1 },
          encoding: { x: xs, y: ys },
        },
      ],
    },
    "Paths of L-BFGS and Adam",
  );
}

export const fitReport: Report<FitResult> = {
  card: fitCard,
  section: fitSection,
  json: (result) => ({
    found: result.found,
    standardErrors: result.errors,
    eigenvalues: result.eigenvalues,
    negativeLogLikelihood: result.value,
    evaluations: evaluationsOf(result),
    adam: result.adam.map(({ learningRate, path, isNear }) => ({ learningRate, evaluations: path.length, isNear })),
    offByHand: result.offByHand,
    covered: covered(result),
  }),
};
