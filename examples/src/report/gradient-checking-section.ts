import type { ClassicReport } from "@tapegrad/gradcheck";
import type { GradientCheckingResult } from "../01-gradient-checking.ts";
import type { Report } from "../lib/part.ts";
import { chart, color } from "./charts.ts";
import { type Html, html } from "./html.ts";
import { card, figure, note, section } from "./parts.ts";

/** Relative differences above this are no noise. */
const NOISE = 1e-3;

function gradientCheckingCard({ planted, mended }: GradientCheckingResult): Html {
  return card("gradient-checking", "Gradient checking", planted.difference.toFixed(6), [
    html`difference with two planted bugs, both found;`,
    html`<b>${scientific(mended.difference)}</b> once mended`,
  ]);
}

async function gradientCheckingSection(result: GradientCheckingResult): Promise<Html> {
  const { planted, mended, truthDifference } = result;
  const best = result.byEpsilon.reduce((least, at) => (at.mended < least.mended ? at : least));
  return section(
    1,
    "gradient-checking",
    "Gradient checking",
    html`Is the gradient that training follows really the derivative of the cost? Move each parameter a little up and
      down, watch the cost, and compare the slope ĝ with the gradient g that the backward pass gave:
      <span class="formula">‖g − ĝ‖ / (‖g‖ + ‖ĝ‖)</span>. Into this network of 47 parameters two bugs are planted. Its
      cost is right to the last bit; only its gradient is not, and nothing but a check would say so.`,
    html`
      ${network()} ${differenceTable(result)}
      ${note(
        "Why exactly 1/3 and 3/5",
        html`A gradient that is k times too long has a difference of (k − 1)/(k + 1): 1/3 for twice, 3/5 for four times.
          The number names the bug. All other parameters agree, since each is compared by itself.`,
      )}
      <div class="columns">
        ${figure(
          await scatter(result),
          html`<b>Each derivative, computed twice.</b> Across: the slope measured by moving the parameter. Up: the gradient
            of the planted network. What is right lies on the lowest line; the bugs lie on lines of their own, twice and
            four times as high. Both axes are logarithmic; derivatives of 0 are left out.`,
        )}
        ${figure(
          await epsilonChart(result),
          html`<b>The step decides how much a check can see.</b> A large ε measures a secant instead of a tangent, a small
            one the rounding of the last digits. In between, at ε = ${exponent(best.epsilon)}, correct code scores
            ${scientific(best.mended)}. The bugs do not move.`,
        )}
      </div>
      ${note(
        "A number is not a verdict",
        html`The exercise calls a gradient wrong above 10<sup>−7</sup>, with ε = 10<sup>−7</sup>. The mended network scores
          ${scientific(mended.difference)}, so correct code would be rejected. Against the complex-step method, which has
          no such noise, it is right to ${scientific(truthDifference)}: the rest is noise of the quotient. With the bugs
          the difference is ${planted.difference.toFixed(6)}, far beyond any noise.`,
      )}
    `,
  );
}

/** The layers in a row, with the bugs where they are. */
function network(): Html {
  const chip = (name: string, detail: string, bug?: string): Html =>
    html`<li${bug === undefined ? "" : html` class="buggy"`}><b>${name}</b> <span>${detail}</span>${
      bug === undefined ? "" : html` <em>${bug}</em>`
    }</li>`;
  return html`<ol class="network" aria-label="The layers of the network">
    ${chip("LINEAR", "4 → 5", "db1 × 4")} ${chip("RELU", "")} ${chip("LINEAR", "5 → 3", "dW2 × 2")} ${chip("RELU", "")}
    ${chip("LINEAR", "3 → 1")} ${chip("SIGMOID", "")} ${chip("COST", "3 examples")}
  </ol>`;
}

function differenceTable({ planted, mended, factors, shapes }: GradientCheckingResult): Html {
  const row = (name: string): Html => {
    const [before, after] = [planted.perParameter[name]!, mended.perParameter[name]!];
    const isBug = before > NOISE;
    return html`<tr${isBug ? html` class="buggy"` : ""}>
      <th scope="row">${name}</th>
      <td class="number quiet">${shapes[name]!.join(" × ")}</td>
      <td class="number">${bar(before)}<span class="measure">${isBug ? before.toFixed(4) : scientific(before)}</span></td>
      <td class="number">${bar(after)}<span class="measure">${scientific(after)}</span></td>
      <td>${isBug ? html`<span class="badge bad">bug: gradient × ${factors[name]!}</span>` : html`<span class="badge good">agrees</span>`}</td>
    </tr>`;
  };
  return html`<div class="scroll"><table>
    <caption>Relative difference of each parameter’s gradient, ε = 10<sup>−7</sup>. Bars are logarithmic.</caption>
    <thead><tr><th scope="col">parameter</th><th scope="col" class="number">shape</th><th scope="col" class="number">with bugs</th><th scope="col" class="number">mended</th><th scope="col">verdict</th></tr></thead>
    <tbody>${Object.keys(planted.perParameter).map(row)}</tbody>
    <tfoot><tr><th scope="row">overall</th><td></td><td class="number">${planted.difference.toFixed(6)}</td><td class="number">${scientific(mended.difference)}</td><td></td></tr></tfoot>
  </table></div>`;
}

/** A bar from 1e-9 (nothing) to 1 (full). */
const bar = (value: number): Html =>
  html`<i class="bar${value > NOISE ? " bad" : ""}" style="--share:${Math.max(0, (Math.log10(value) + 9) / 9).toFixed(3)}"></i>`;

function scatter({ elements, factors }: GradientCheckingResult): Promise<Html> {
  const kind = (parameter: string): string =>
    factors[parameter] === 1 ? "right" : `${parameter} × ${factors[parameter]}`;
  const values = elements
    .filter(({ planted }) => planted !== 0)
    .map(({ parameter, numeric, planted }) => ({
      numeric: Math.abs(numeric),
      planted: Math.abs(planted),
      kind: kind(parameter),
    }));
  const domain = [0.008, 4];
  const guides = [1, 2, 4].flatMap((slope) => domain.map((numeric) => ({ numeric, planted: slope * numeric, slope })));
  const scale = { type: "log" as const, domain, nice: false };
  const axis = { values: [0.01, 0.03, 0.1, 0.3, 1, 3], format: "~g" };
  return chart(
    {
      width: 400,
      height: 300,
      layer: [
        {
          data: { values: guides },
          mark: { type: "line", clip: true, strokeWidth: 1, strokeDash: [3, 4], color: color.muted, opacity: 0.7 },
          encoding: { detail: { field: "slope" } },
        },
        {
          data: { values },
          mark: { type: "circle", size: 62, opacity: 0.85, stroke: color.surface, strokeWidth: 0.8 },
          encoding: {
            color: {
              field: "kind",
              scale: { domain: ["right", "W2 × 2", "b1 × 4"], range: [color.muted, color.series[1], color.bad] },
            },
          },
        },
      ],
      encoding: {
        x: { field: "numeric", type: "quantitative", title: "slope of the cost (size)", scale, axis },
        y: { field: "planted", type: "quantitative", title: "gradient with bugs (size)", scale, axis },
      },
    },
    "Scatter plot of the planted gradient against measured slopes",
  );
}

function epsilonChart(result: GradientCheckingResult): Promise<Html> {
  const values = result.byEpsilon.flatMap(({ epsilon, planted, mended }) => [
    { epsilon, difference: planted, kind: "with bugs" },
    { epsilon, difference: mended, kind: "mended" },
  ]);
  const powers = (from: number, to: number, by: number): number[] =>
    Array.from({ length: (to - from) / by + 1 }, (_, i) => 10 ** (from + i * by));
  const names = Array.from({ length: 13 }, (_, power) => (power === 0 ? "1" : `10⁻${superscript(power)}`));
  const label = { labelExpr: `${JSON.stringify(names)}[-round(log(datum.value) / LN10)]` };
  return chart(
    {
      width: 400,
      height: 300,
      data: { values },
      layer: [
        {
          data: { values: [{ difference: 1e-7 }] },
          mark: { type: "rule", color: color.muted, strokeDash: [3, 4] },
          encoding: { x: { value: 0 }, x2: { value: "width" }, y: { field: "difference", type: "quantitative" } },
        },
        {
          data: { values: [{ difference: 1e-7, epsilon: 1e-12 }] },
          mark: { type: "text", align: "left", dy: -7, color: color.muted, text: "threshold of the exercise" },
          encoding: { y: { field: "difference", type: "quantitative" }, x: { field: "epsilon", type: "quantitative" } },
        },
        {
          data: {
            values: [
              { epsilon: 3e-11, difference: 1.5e-5, text: "rounding ∝ 1/ε" },
              { epsilon: 6e-3, difference: 3e-9, text: "secant ∝ ε²" },
            ],
          },
          mark: { type: "text", color: color.accent, fontStyle: "italic" },
          encoding: {
            y: { field: "difference", type: "quantitative" },
            x: { field: "epsilon", type: "quantitative" },
            text: { field: "text" },
          },
        },
        {
          mark: { type: "line", point: { size: 46, filled: true } },
          encoding: {
            color: { field: "kind", scale: { domain: ["with bugs", "mended"], range: [color.bad, color.good] } },
          },
        },
      ],
      encoding: {
        x: {
          field: "epsilon",
          type: "quantitative",
          title: "step ε",
          scale: { type: "log", domain: [1e-12, 1e-1], nice: false },
          axis: { values: powers(-12, -2, 2), ...label, grid: false },
        },
        y: {
          field: "difference",
          type: "quantitative",
          title: "relative difference",
          scale: { type: "log", domain: [1e-11, 1], nice: false },
          axis: { values: powers(-10, 0, 2), ...label },
        },
      },
    },
    "Relative difference by step, logarithmic",
  );
}

/** 1.19e-7 as 1.19 · 10⁻⁷. */
export function scientific(value: number, digits = 2): Html {
  if (value === 0) return html`0`;
  const [mantissa, power] = value.toExponential(digits).split("e") as [string, string];
  return html`<span class="nowrap">${mantissa} · 10<sup>${power.replace("-", "−").replace("+", "")}</sup></span>`;
}

const exponent = (value: number): Html => html`10<sup>${value.toExponential(0).split("e")[1]!.replace("-", "−")}</sup>`;

const superscript = (whole: number): string => [...String(whole)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");

const differences = ({ difference, perParameter, epsilon }: ClassicReport) => ({ difference, perParameter, epsilon });

export const gradientCheckingReport: Report<GradientCheckingResult> = {
  card: gradientCheckingCard,
  section: gradientCheckingSection,
  json: ({ planted, mended, byEpsilon, truthDifference }) => ({
    planted: differences(planted),
    mended: differences(mended),
    byEpsilon,
    truthDifference,
  }),
};
